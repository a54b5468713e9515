#include "actors/lifecycle/lifecycle.hpp"

#include <chrono>
#include <utility>

#include "actors/random.hpp"
#include "actors/supervision/pending_reply.hpp"

namespace tidewire {

lifecycle::lifecycle(caf::actor_config& config, engine& own)
    : actor_base(config, {.kind = "lifecycle"}), own_(own), directory_(own.roles.ref<directory_actor>(role::directory)) {}

lifecycle::behavior_type lifecycle::make_behavior() {
  state_.emplace(make_uuid(), static_cast<lifecycle_port&>(*this), own_.options.limit.dedupe_in_flight_max);
  if (own_.options.lifecycle) own_.start_told ? state_->tell_lost() : state_->tell_start(own_.run, own_.disk.stopped());
  return {
      [this](const lifecycle_event& event) { state_->handle(event); },
      [this](ticket which, const result<published>& outcome) { state_->on_published(which, outcome); },
      [this](tick_atom) { state_->on_wake(); },
  };
}

void lifecycle::publish(ticket which, const std::string& room, publish_request request) {
  request.reply = make_reply<published>(this, which);
  mail(directory_, std::make_shared<const room_command>(room_command{room, std::move(request)}));
}

void lifecycle::wake_after(std::uint32_t ms) { delayed_send(this, std::chrono::milliseconds(ms), tick_atom::value); }

}  // namespace tidewire
