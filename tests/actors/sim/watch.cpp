#include "tests/actors/sim/watch.hpp"

#include <utility>

#include "tests/actors/sim/pattern_watch.hpp"
#include "tests/actors/sim/room_watch.hpp"
#include "tests/support/fossil_reader.hpp"

namespace tidewire::test {

namespace {

constexpr std::uint64_t limit_exceeded = 106;
constexpr std::uint64_t unrecoverable = 112;

}  // namespace

std::string watch::ask() {
  const bool first = !std::exchange(paging_, false);
  must_be(first == away(), "asks when it is its turn");
  stage_ = stage::asking;
  return first ? first_command() : next_command();
}

bool watch::on_reply(const json_object_view& reply) {
  must_be(asking(), "is answered when it has asked");
  paging_ = !take_reply(reply);
  if (paging_) return true;
  stage_ = stage::live;
  was_live_ = true;
  refused_ = false;
  ++counts_.live;
  return false;
}

void watch::on_error(std::uint64_t code) {
  if (!asking()) return;
  refused_ = code == limit_exceeded;
  if (code == unrecoverable) {
    ++counts_.resets;
    take_reset();
  }
  on_end();
}

void watch::on_push(std::string_view pub) {
  must_be(live(), "is told nothing before the reply, and nothing after the end");
  ++counts_.pushes;
  take_push(told_change(pub));
}

void watch::on_message_end() { end_message(); }

void watch::on_end() {
  stage_ = stage::away;
  paging_ = false;
}

void watch::on_closed() {
  on_end();
  was_live_ = false;
}

std::string watch::text_of(const told_change& told, const std::string* base) {
  if (!wish_.delta) return std::string(told.data);
  auto text = json_string(told.data).value();
  if (!told.delta) return text;
  ++counts_.deltas;
  must_be(base != nullptr && !base->empty(), "has the base of every delta");
  try {
    return delta_reader(*base, text).read();
  } catch (const std::runtime_error& broken) {
    throw violation(name() + " can read every delta: " + broken.what());
  }
}

std::string watch::name() const { return "a subscriber {" + wish_.members() + '}'; }

std::unique_ptr<watch> make_watch(chance& by, truth& known, sim_counts& counts, const limits& limit, wish of) {
  if (of.pattern) return std::make_unique<pattern_watch>(by, known, counts, limit, std::move(of));
  return std::make_unique<room_watch>(by, known, counts, limit, std::move(of));
}

}  // namespace tidewire::test
