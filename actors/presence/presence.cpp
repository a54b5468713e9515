#include "actors/presence/presence.hpp"

#include <chrono>
#include <utility>

#include "actors/supervision/pending_reply.hpp"

namespace tidewire {

presence::presence(caf::actor_config& config, engine& own)
    : actor_base(config, {.kind = "presence"}),
      own_(own),
      directory_(own.roles.ref<directory_actor>(role::directory)),
      broadcaster_(own.roles.ref<broadcaster_actor>(role::broadcaster)) {}

presence::behavior_type presence::make_behavior() {
  state_.emplace(own_.options, static_cast<presence_port&>(*this));
  state_->start();
  own_.roles.subscribe(role::broadcaster, caf::actor_cast<caf::actor>(this));
  return {
      [this](const presence_news& news) { state_->handle(news); },
      [this](ticket which, const result<published>& outcome) { state_->on_published(which, outcome); },
      [this](ticket which, result<storage::states_page>& page) { state_->on_states(which, std::move(page)); },
      [this](const role_changed& change) {
        if (change.handle) mail(broadcaster_, tell_presence{});
      },
      [this](tick_atom) { state_->tick(); },
  };
}

void presence::drop_state() {
  own_.roles.unsubscribe(role::broadcaster, caf::actor_cast<caf::actor>(this));
  state_.reset();
}

std::int64_t presence::steady_ms() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void presence::tick_after(std::uint32_t ms) { delayed_send(this, std::chrono::milliseconds(ms), tick_atom::value); }

void presence::publish(ticket which, const std::string& room, publish_request request) {
  request.reply = make_reply<published>(this, which);
  mail(directory_, std::make_shared<const room_command>(room_command{room, std::move(request)}));
}

void presence::read_states(ticket which, const std::string& prefix, const std::string& after_room, const std::string& after_key) {
  auto reader = own_.reader_of(prefix);
  mail(reader, std::make_shared<const read_request>(
                   read_request{in_memory(options_of(own_.options, prefix)),
                                tidewire::read_states{prefix,
                                                      after_room,
                                                      after_key,
                                                      {own_.options.limit.page_rows_max, own_.options.limit.page_bytes_max},
                                                      make_reply<storage::states_page>(this, which)}}));
}

void presence::say_left(const std::string& room, const client_info& who) { mail(broadcaster_, ghost_left{room, who}); }

}  // namespace tidewire
