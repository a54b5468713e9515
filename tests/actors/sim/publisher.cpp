#include "tests/actors/sim/publisher.hpp"

#include <array>
#include <utility>

#include "tests/actors/sim/world.hpp"

namespace tidewire::test {

namespace {

constexpr std::size_t operations_max = 5;  // of one request

}  // namespace

sim_publisher::sim_publisher(sim_world& world, sim_counts& counts, std::string name)
    : world_(world),
      by_(world.around.by),
      counts_(counts),
      name_(std::move(name)),
      keys_(by_.one_in(3)   ? 60
            : by_.one_in(2) ? 8
                            : 2) {}

void sim_publisher::act() {
  if (!unfinished_.empty()) {
    auto again = unfinished_.back();
    unfinished_.pop_back();
    if (!again->done) return send(again);
  }
  if (ending_) return;
  const auto made = invent();
  send(made);
  if (!made->idempotent) return;
  if (by_.one_in(6)) send(made);
  if (by_.one_in(10)) {
    auto forged = std::make_shared<work>(*made);
    forged->idempotent = false;  // it does not insist
    for (auto& each : forged->operations) {
      if (each.kind != operation_kind::remove) each.data = R"({"a":666})";
      each.once->fingerprint = "forged";
    }
    send(forged);
  }
}

sim_publisher::work_ptr sim_publisher::invent() {
  auto made = std::make_shared<work>();
  made->room = world_.some_room();
  const auto size = by_.one_in(4) ? by_.between(2, operations_max) : 1;
  for (std::size_t i = 0; i < size; ++i) made->operations.push_back(invent_one(made->room));
  made->idempotent = by_.one_in(3);
  if (made->idempotent)
    for (auto& each : made->operations) each.once = idempotency{"key", name_ + std::to_string(++ids_), "true"};
  return made;
}

operation sim_publisher::invent_one(const std::string& room) {
  operation made;
  const auto number = std::to_string(by_.below(1000));
  const auto member = std::string(1, static_cast<char>('a' + by_.below(4)));
  static constexpr std::array colors{"red", "blue", "green"};
  if (by_.one_in(2)) made.tags = tag_map{{"color", by_.of(colors)}};
  if (by_.one_in(4)) {
    made.kind = operation_kind::set;
    made.data = number;
    return made;
  }
  made.key = "k" + std::to_string(by_.below(keys_));
  switch (by_.below(6)) {
    case 0: made.kind = operation_kind::remove; break;
    case 1:
      made.kind = operation_kind::increment;
      made.data = "{\"" + member + "\":" + number + "}";
      break;
    case 2:
      made.kind = operation_kind::set;
      made.data = "{\"" + member + "\":" + number + "}";
      break;
    default:
      made.kind = operation_kind::merge;
      made.data = "{\"" + member + "\":" + number + "}";
      break;
  }
  if (made.kind == operation_kind::remove) made.tags.reset();
  if (made.kind != operation_kind::remove && by_.one_in(6)) made.ttl_s = static_cast<std::uint32_t>(by_.below(8));
  if (!by_.one_in(4)) return made;
  static constexpr std::array demands{precondition::demand::absent, precondition::demand::exists, precondition::demand::one_of};
  made.only_if.wants = by_.of(demands);
  if (made.only_if.wants == precondition::demand::one_of) {
    const auto& known = world_.around.known.of(room);
    const auto now = known.entity_at(*made.key, known.top());
    made.only_if.tags = {{by_.one_in(2) ? known.epoch() : "", now ? now->version : 1}};
  }
  return made;
}

void sim_publisher::send(const work_ptr& what) {
  const auto number = ++world_.around.requests;
  ++counts_.requests;
  world_.around.known.of(what->room).sent({number, what->operations, 0});
  ++unanswered_;
  publish_request request;
  request.operations = what->operations;
  request.info = client_info{{}, std::to_string(number), {}, {}};
  request.reply =
      std::make_shared<sim_reply<published>>([this, what, number](const result<published>& outcome) { hear(what, number, outcome); });
  world_.publish(what->room, std::move(request));
}

void sim_publisher::hear(const work_ptr& what, std::uint64_t number, const result<published>& outcome) {
  --unanswered_;
  if (outcome) {
    ++counts_.acknowledged;
    what->done = true;
    return world_.around.known.of(what->room).check_answer(number, *outcome);
  }
  const auto why = outcome.error().code;
  why == errc::unavailable || why == errc::storage_refused ? ++counts_.unknown : ++counts_.refused;
  world_.around.known.of(what->room).check_refusal(number, why);
  const bool decided =
      why == errc::version_conflict || why == errc::conflict || why == errc::unprocessable || why == errc::idempotency_mismatch;
  if (what->idempotent && !what->done && !decided) unfinished_.push_back(what);
}

}  // namespace tidewire::test
