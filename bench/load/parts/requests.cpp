#include "bench/load/parts/requests.hpp"

#include <bit>
#include <cassert>
#include <utility>

namespace tidewire::load {
namespace {

// A request that is answered late holds up its connection only when so many times the pipeline were answered after it.
constexpr std::size_t overtaking_factor = 8;

}  // namespace

requests::requests(const shape& of) : shape_(of), mask_(std::bit_ceil(overtaking_factor * of.pipeline) - 1), lanes_(of.connections) {
  for (auto& each : lanes_) {
    each.ring.resize(mask_ + 1);
    each.last_place.resize(of.rooms);
  }
}

bool requests::has_place(unsigned connection) const noexcept {
  const auto& of = lanes_[connection];
  return of.open < shape_.pipeline && of.ring[of.begun & mask_].publications == 0;
}

void requests::begin(unsigned connection, unsigned room, unsigned publications, std::int64_t now) {
  assert(has_place(connection) && room < shape_.rooms && publications > 0);
  auto& of = lanes_[connection];
  of.ring[of.begun & mask_] = {now, of.begun, room, publications};
  ++of.begun;
  ++of.open;
  ++unanswered_;
}

void requests::answered(unsigned connection, const answer& what, std::int64_t now) {
  auto& of = lanes_[connection];
  auto& asked = of.ring[what.nth & mask_];
  if (asked.publications == 0 || asked.nth != what.nth) {
    ++found_.duplicates;
    return;
  }
  check(of, asked, what);
  if (asked.begun >= count_from_) latency_.add(now - asked.begun);
  acknowledged_ += asked.publications;
  asked.publications = 0;
  --of.open;
  --unanswered_;
}

void requests::check(lane& of, const request& asked, const answer& what) {
  if (what.room && *what.room != asked.room)
    complain("an answer is of room " + std::to_string(*what.room) + ", but published was to room " + std::to_string(asked.room));
  if (!what.places) return;
  if (what.places->size() != asked.publications)
    complain("an answer tells of " + std::to_string(what.places->size()) + " publications, but there were " +
             std::to_string(asked.publications));
  for (const auto place : *what.places) {
    if (place <= of.last_place[asked.room]) ++found_.out_of_order;
    of.last_place[asked.room] = place;
  }
}

void requests::complain(std::string why) {
  if (complaint_.empty()) complaint_ = std::move(why);
}

}  // namespace tidewire::load
