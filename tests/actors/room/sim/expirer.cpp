#include "tests/actors/room/sim/expirer.hpp"

namespace tidewire::test {

void sim_expirer::find_due(ticket which, const storage::due_position& after, std::int64_t now_ms, std::size_t limit) {
  state_.on_due(which, world_.store().due(after, now_ms, limit));
}

void sim_expirer::publish(ticket which, const std::string&, operation what) {
  const auto number = ++counts_.requests;
  world_.truth().sent({number, {what}, 0});
  ++unanswered_;
  client_info info;
  info.user = "expirer";
  info.client = std::to_string(number);
  world_.publish(
      {{std::move(what)}, std::move(info), std::make_shared<sim_reply<published>>([this, which, number](const result<published>& outcome) {
         --unanswered_;
         if (outcome) {
           ++counts_.expired;
           world_.truth().check_answer(number, *outcome);
         } else {
           world_.truth().check_refusal(number, outcome.error().code);
         }
         state_.on_removed(which, outcome);
       })});
}

}  // namespace tidewire::test
