#include "tests/actors/room/sim/publisher.hpp"

#include <array>

namespace tidewire::test {

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
  const auto size = by_.one_in(4) ? by_.between(2, operations_max) : 1;
  for (std::size_t i = 0; i < size; ++i) made->operations.push_back(invent_one());
  made->idempotent = by_.one_in(3);
  if (made->idempotent)
    for (auto& each : made->operations) each.once = idempotency{"key", name_ + std::to_string(++ids_), "true"};
  return made;
}

operation sim_publisher::invent_one() {
  operation made;
  const auto number = std::to_string(by_.below(1000));
  const auto member = std::string(1, static_cast<char>('a' + by_.below(4)));
  if (by_.one_in(2)) made.tags = tag_map{{"of", name_}};
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
    const auto state = world_.truth().state_at(world_.truth().top());
    const auto found = state.find(*made.key);
    made.only_if.tags = {{by_.one_in(2) ? world_.truth().epoch() : "", found == state.end() ? 1 : found->second.version}};
  }
  return made;
}

void sim_publisher::send(const work_ptr& what) {
  const auto number = ++counts_.requests;
  world_.truth().sent({number, what->operations, 0});
  ++unanswered_;
  client_info info;
  info.client = std::to_string(number);
  world_.publish(
      {what->operations, std::move(info),
       std::make_shared<sim_reply<published>>([this, what, number](const result<published>& outcome) { hear(what, number, outcome); })});
}

void sim_publisher::hear(const work_ptr& what, std::uint64_t number, const result<published>& outcome) {
  --unanswered_;
  if (outcome) {
    ++counts_.acknowledged;
    what->done = true;
    return world_.truth().check_answer(number, *outcome);
  }
  const auto why = outcome.error().code;
  why == errc::unavailable || why == errc::storage_refused ? ++counts_.unknown : ++counts_.refused;
  world_.truth().check_refusal(number, why);
  const bool decided =
      why == errc::version_conflict || why == errc::conflict || why == errc::unprocessable || why == errc::idempotency_mismatch;
  if (what->idempotent && !what->done && !decided) unfinished_.push_back(what);
}

}  // namespace tidewire::test
