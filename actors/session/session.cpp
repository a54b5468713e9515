#include "actors/session/session.hpp"

#include <chrono>
#include <optional>
#include <utility>

#include "actors/random.hpp"
#include "actors/supervision/pending_reply.hpp"
#include "schemas/frame_maker.hpp"
#include "schemas/limit_hits.hpp"
#include "schemas/room_pattern.hpp"
#include "schemas/statistics/publish_trace.hpp"
#include "transport/io_threads.hpp"

namespace tidewire {

namespace {

frame_opcode opcode_of(protocol::dialect as) { return protocol::is_binary(as) ? frame_opcode::binary : frame_opcode::text; }

frame_ptr make_ping(protocol::dialect as) {
  std::string ping;
  protocol::encode_ping(as, ping);
  return make_frame(opcode_of(as), ping);
}

// WebSocket frames of one dialect all look the same: nobody needs more than one ping.
const frame_ptr& ping_frame(protocol::dialect as) {
  static const frame_ptr text = make_ping(protocol::dialect::json);
  static const frame_ptr binary = make_ping(protocol::dialect::msgpack);
  return protocol::is_binary(as) ? binary : text;
}

// A compressor is costly to make and large: the sessions that run on one thread share one.
frame_maker& maker_of(engine& own) {
  thread_local std::optional<frame_maker> maker;
  thread_local std::pair<compression_options, const engine*> made_for;
  const std::pair wanted(own.options.websocket_compression, static_cast<const engine*>(&own));
  if (!maker || made_for != wanted) {
    maker.emplace(wanted.first, &own.deflated);
    made_for = wanted;
  }
  return *maker;
}

}  // namespace

session::session(caf::actor_config& config, engine& own, std::shared_ptr<session_link> link)
    : actor_base(config, {.kind = "session"}),
      own_(own),
      link_(std::move(link)),
      id_(own.next_number()),
      directory_(own.roles.ref<directory_actor>(role::directory)),
      broadcaster_(own.roles.ref<broadcaster_actor>(role::broadcaster)) {}

session::behavior_type session::make_behavior() {
  state_.emplace(subscriber{id_, link_->out(), {{}, make_uuid(), {}, {}}, link_, link_->dialect()}, own_.options,
                 static_cast<session_port&>(*this), link_->commands());
  state_->came_with(link_->take_key());
  state_->came_as_operator(link_->as_operator());
  state_->start();
  link_->started(caf::actor_cast<session_actor>(this));
  note_state();
  return {
      [this](const session_mail& mail) {
        std::visit([this](const auto& each) { hear(each); }, mail);
        note_state();
      },
      [this](ticket which, session_answer& answer) {
        std::visit([&](auto& each) { hear(which, each); }, answer);
        note_state();
      },
  };
}

// For operators, who look at the link.
void session::note_state() {
  if (state_) link_->note(state_->who(), state_->subscriptions());
}

void session::hear(const inbound_message& message) {
  if (message.text != protocol::is_binary(link_->dialect())) return state_->on_message(message.bytes);
  close(close_code::inappropriate_protocol);  // text where bytes are spoken, or the other way round
}
void session::hear(const subscription_ended& which) { state_->on_subscription_ended(which.room); }
void session::hear(const broadcaster_restarted& by) { state_->on_broadcaster_restarted(by.start); }
void session::hear(const fell_behind& what) {
  for (const auto& each : what.rooms) state_->on_missed(*each.source, each.after);
}
void session::hear(const peer_progress& taken) { state_->on_progress(taken); }
void session::hear(session_tick) { state_->tick(); }
void session::hear(connection_closed) { quit(); }

void session::hear(ticket which, const result<published>& outcome) {
  publish_trace::answer(id(), which);
  state_->on_published(which, outcome);
}
void session::hear(ticket which, result<subscribe_step>& step) { state_->on_step(which, std::move(step)); }
void session::hear(ticket which, result<storage::stream_page>& page) { state_->on_history(which, std::move(page)); }
void session::hear(ticket which, result<protocol::presence_result>& clients) { state_->on_presence(which, std::move(clients)); }
void session::hear(ticket which, const result<protocol::presence_stats_result>& stats) { state_->on_presence_stats(which, stats); }

void session::drop_state() {
  if (state_) state_->leave();
  if (!counted_user_.empty()) own_.at_doors.users.remove(std::exchange(counted_user_, {}));
  state_.reset();
  link_->ended();
  gate_.reset();
  link_.reset();  // a tick that is still to come keeps the actor, but not the connection
}

std::int64_t session::now_s() const {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::int64_t session::steady_ms() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void session::tick_after(std::uint32_t ms) {
  caf::delayed_anon_send(caf::actor_cast<caf::actor>(this), std::chrono::milliseconds(ms), session_mail(session_tick{}));
}

std::uint32_t session::random_below(std::uint32_t bound) { return random_value<std::uint32_t>() % bound; }

void session::publish(ticket which, const std::string& room, publish_request request) {
  request.reply = make_reply<published, session_answer>(this, which);
  const auto command = std::make_shared<const room_command>(room_command{room, std::move(request)});
  publish_trace::begin(command, room, id(), which);
  mail(directory_, command);
}

void session::subscribe(ticket which, const std::string& room, subscribe_request request) {
  request.reply = make_reply<subscribe_step, session_answer>(this, which);
  if (is_room_pattern(room))
    return mail(broadcaster_, std::make_shared<const subscribe_pattern>(subscribe_pattern{room, std::move(request)}));
  mail(directory_, std::make_shared<const room_command>(room_command{room, std::move(request)}));
}

void session::resume(ticket which, const std::string& room, resume_request request) {
  request.reply = make_reply<subscribe_step, session_answer>(this, which);
  mail(directory_, std::make_shared<const room_command>(room_command{room, std::move(request)}));
}

void session::detach(const std::string& room, std::string reply) {
  auto last = reply.empty() ? nullptr : std::make_shared<parting_frame>(link_->out(), ready(reply));
  mail(broadcaster_, tidewire::detach{room, id_, link_->out(), std::move(last)});
}

void session::read_history(ticket which, const std::string& room, std::uint64_t after, storage::page_limit limit, bool reverse) {
  auto reader = own_.reader_of(room);
  mail(reader, std::make_shared<const read_request>(
                   read_request{in_memory(options_of(own_.options, room)),
                                read_stream{room, after, limit, reverse, make_reply<storage::stream_page, session_answer>(this, which)}}));
}

void session::note_connection(const client_info& who, bool connected) {
  if (!own_.options.lifecycle || link_->as_operator() != operator_entry::none) return;
  auto log = own_.roles.ref<lifecycle_actor>(role::lifecycle);
  mail(log, lifecycle_event{connected ? lifecycle_event::kind::client_connected : lifecycle_event::kind::client_disconnected, {}, who});
}

bool session::count_user(const std::string& user) {
  const auto most = own_.options.limit.connections_per_user_max;
  if (most == 0 || user.empty()) return true;
  if (exceeds<"connections_per_user_max">(!own_.at_doors.users.add(user, most))) {
    ++own_.at_doors.refused_users;
    return false;
  }
  counted_user_ = user;
  return true;
}

void session::ask_presence(ticket which, const std::string& room) {
  mail(broadcaster_, tidewire::ask_presence{room, make_reply<protocol::presence_result, session_answer>(this, which)});
}

void session::ask_presence_stats(ticket which, const std::string& room) {
  mail(broadcaster_, tidewire::ask_presence_stats{room, make_reply<protocol::presence_stats_result, session_answer>(this, which)});
}

frame_ptr session::ready(const std::string& message, const shared_parts& shared) const {
  return maker_of(own_).make(link_->out()->form(), opcode_of(link_->dialect()), message, shared);
}

transport::outbox_ptr session::make_gate() {
  gate_ = std::make_shared<gated_outbox>(link_->out(), own_.options.limit.outbox_bytes_max);
  return gate_;
}

void session::open_gate(const message_text& first) {
  own_.io.post(link_->out()->home(),
               [gate = std::exchange(gate_, nullptr), frame = ready(first.bytes, first.shared)] { gate->open(frame); });
}

void session::send(const message_text& message) { link_->out()->send(ready(message.bytes, message.shared)); }

// Broadcasters write by jobs of the I/O thread; a letter of the outbox may overtake those, another job can't.
void session::send_behind(const std::string& message) {
  const auto& out = link_->out();
  own_.io.post(out->home(), [out, frame = ready(message)] {
    out->push(frame);
    out->flush();
  });
}

void session::ping() {
  const auto form = link_->out()->form();
  const bool websocket = form == framing::websocket || form == framing::deflated_websocket;
  link_->out()->beat(websocket ? ping_frame(link_->dialect()) : ready("{}"));
}

void session::tell_when_drained() {
  link_->out()->when_drained([link = link_] { link->drained(); });
}

void session::ask_progress() {
  link_->out()->ask_progress(
      [self = caf::actor_cast<session_actor>(this)](peer_progress taken) { caf::anon_send(self, session_mail(taken)); });
}

void session::close(close_code code) { link_->out()->close(code); }

void session::release(std::size_t messages) { link_->release(messages); }

}  // namespace tidewire
