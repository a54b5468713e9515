#include "actors/session/room_stream.hpp"

#include <chrono>
#include <utility>

#include "actors/random.hpp"
#include "actors/supervision/pending_reply.hpp"

namespace tidewire {

room_stream::room_stream(caf::actor_config& config, engine& own, std::shared_ptr<session_link> link, room_stream_wish wish)
    : actor_base(config, {.kind = "room_stream"}),
      own_(own),
      link_(std::move(link)),
      wish_(std::move(wish)),
      user_(wish_.user),
      id_(own.next_number()),
      directory_(own.roles.ref<directory_actor>(role::directory)),
      broadcaster_(own.roles.ref<broadcaster_actor>(role::broadcaster)) {}

room_stream::behavior_type room_stream::make_behavior() {
  subscriber who{id_, link_->out(), {wish_.user, make_uuid(), {}, {}}, link_, link_->dialect()};
  state_ = std::make_unique<room_stream_state>(std::move(who), std::move(wish_), own_.options.limit, static_cast<room_stream_port&>(*this));
  state_->start();
  link_->started(caf::actor_cast<session_actor>(this));
  link_->note(state_->who(), 1);
  return {
      [this](const session_mail& mail) { std::visit([this](const auto& each) { hear(each); }, mail); },
      [this](ticket which, session_answer& answer) {
        if (auto* step = std::get_if<result<subscribe_step>>(&answer)) state_->on_step(which, std::move(*step));
      },
  };
}

void room_stream::hear(const end_connection_ptr& whom) {
  if (whom->user == user_ && whom->client.empty()) close(whom->code);
}

void room_stream::drop_state() {
  if (state_) state_->leave();
  state_.reset();
  link_->ended();
  link_.reset();  // a tick that is still to come keeps the actor, but not the connection
}

std::int64_t room_stream::now_s() const {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::int64_t room_stream::steady_ms() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void room_stream::tick_after(std::uint32_t ms) {
  caf::delayed_anon_send(caf::actor_cast<caf::actor>(this), std::chrono::milliseconds(ms), session_mail(session_tick{}));
}

std::uint32_t room_stream::random_below(std::uint32_t bound) { return random_value<std::uint32_t>() % bound; }

void room_stream::subscribe(ticket which, const std::string& room, subscribe_request request) {
  request.reply = make_reply<subscribe_step, session_answer>(this, which);
  mail(directory_, std::make_shared<const room_command>(room_command{room, std::move(request)}));
}

void room_stream::detach(const std::string& room) { mail(broadcaster_, tidewire::detach{room, id_, link_->out(), nullptr}); }

void room_stream::send(const std::string& events) { link_->out()->send(make_stream_frame(link_->out()->form(), events)); }

void room_stream::beat(const std::string& events) { link_->out()->beat(make_stream_frame(link_->out()->form(), events)); }

void room_stream::tell_when_drained() {
  link_->out()->when_drained([link = link_] { link->drained(); });
}

void room_stream::close(close_code code) { link_->out()->close(code); }

}  // namespace tidewire
