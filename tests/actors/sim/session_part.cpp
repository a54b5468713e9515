#include "tests/actors/sim/session_part.hpp"

#include <utility>

#include "schemas/room_pattern.hpp"
#include "tests/actors/sim/broadcaster_part.hpp"
#include "tests/actors/sim/keeper_parts.hpp"
#include "tests/actors/sim/store_parts.hpp"
#include "tests/actors/sim/world_parts.hpp"

namespace tidewire::test {

session_part::session_part(process& in, std::shared_ptr<connection> link)
    : part(in, &in.around.faults.session), link_(std::move(link)), id_(in.next_number()) {
  state_.emplace(subscriber{id_, link_, {{}, "c" + std::to_string(link_->id()), {}, {}}, link_, protocol::dialect::json}, in.options(),
                 static_cast<session_port&>(*this));
  state_->start();
  link_->session_started(this);
}

session_part::~session_part() {
  state_->leave();
  state_.reset();
  link_->session_ended();
}

void session_part::connection_closed() { in_.end_session(link_->id()); }  // the end of this object

void session_part::on_missed(const std::vector<transport::missed>& rooms) {
  for (const auto& each : rooms) state_->on_missed(*each.source, each.after);
}

void session_part::tick_after(std::uint32_t ms) {
  office().wake(me(), ms, [this] { state_->tick(); });
}

// ---- the engine ----------------------------------------------------------------------------------------------------------

template <class T, class Hear>
reply_ptr<T> session_part::answer(ticket which, Hear hear) {
  return answer_to<T>(this, which,
                      [hear](session_part& self, ticket of, result<T>&& outcome) { ((*self.state_).*hear)(of, std::move(outcome)); });
}

void session_part::send_command(const std::string& room, room_command command) {
  command.room = room;
  mail(in_.directory, [what = std::make_shared<const room_command>(std::move(command))](directory_part& to) { to.on_command(what); });
}

void session_part::publish(ticket which, const std::string& room, publish_request request) {
  request.reply = answer_to<published>(
      this, which, [](session_part& self, ticket of, const result<published>& outcome) { self.state_->on_published(of, outcome); });
  send_command(room, {room, std::move(request)});
}

void session_part::subscribe(ticket which, const std::string& room, subscribe_request request) {
  request.reply = answer<subscribe_step>(which, &session_state::on_step);
  if (!is_room_pattern(room)) return send_command(room, {room, std::move(request)});
  mail(in_.broadcaster, [wanted = subscribe_pattern{room, std::move(request)}](broadcaster_part& to) { to.handle(wanted); });
}

void session_part::resume(ticket which, const std::string& room, resume_request request) {
  request.reply = answer<subscribe_step>(which, &session_state::on_step);
  send_command(room, {room, std::move(request)});
}

void session_part::detach(const std::string& room, std::string reply) {
  auto last = reply.empty() ? nullptr : std::make_shared<parting_frame>(link_, make_frame(frame_opcode::text, reply));
  detach_from(room, std::move(last));
}

void session_part::detach_from(const std::string& room, std::shared_ptr<parting_frame> last) {
  if (!in_.broadcaster) return;
  office().post(in_.broadcaster->me(),
                [to = in_.broadcaster, leaving = tidewire::detach{room, id_, link_, std::move(last)}] { to->handle(leaving); });
}

void session_part::read_history(ticket which, const std::string& room, std::uint64_t after, storage::page_limit limit, bool reverse) {
  auto reply = answer<storage::stream_page>(which, &session_state::on_history);
  const auto& store = in_.store_of(options_of(in_.options(), room));
  mail(in_.reader_of(room), [&store, room, after, limit, reverse, reply = std::move(reply)](reader_part& reader) {
    reader.read<storage::stream_page>(reply, [&] { return store.stream(room, after, limit, reverse); });
  });
}

void session_part::note_connection(const client_info& who, bool connected) {
  if (!in_.options().lifecycle || !in_.lifecycle) return;
  const auto what = connected ? lifecycle_event::kind::client_connected : lifecycle_event::kind::client_disconnected;
  office().post(in_.lifecycle->me(), [to = in_.lifecycle, event = lifecycle_event{what, {}, who}] { to->handle(event); });
}

void session_part::ask_presence(ticket which, const std::string& room) {
  auto reply = answer<protocol::presence_result>(which, &session_state::on_presence);
  mail(in_.broadcaster, [question = tidewire::ask_presence{room, std::move(reply)}](broadcaster_part& to) { to.handle(question); });
}

void session_part::ask_presence_stats(ticket which, const std::string& room) {
  auto reply = answer_to<protocol::presence_stats_result>(
      this, which, [](session_part& self, ticket of, const result<protocol::presence_stats_result>& stats) {
        self.state_->on_presence_stats(of, stats);
      });
  mail(in_.broadcaster, [question = tidewire::ask_presence_stats{room, std::move(reply)}](broadcaster_part& to) { to.handle(question); });
}

// ---- the connection ------------------------------------------------------------------------------------------------------

transport::outbox_ptr session_part::make_gate() { throw violation("no token asks for server-side subscriptions here"); }

void session_part::open_gate(const message_text&) { make_gate(); }

void session_part::send(const message_text& message) { link_->send(make_frame(frame_opcode::text, message.bytes)); }

void session_part::send_behind(const std::string& message) {
  office().post(in_.io[link_->home()], [out = link_, ready = make_frame(frame_opcode::text, message)] {
    out->push(ready);
    out->flush();
  });
}

void session_part::tell_when_drained() {
  link_->when_drained([this, to = me(), &office = office()] { office.post(to, [this] { state_->on_drained(); }); });
}

void session_part::ask_progress() {
  link_->ask_progress(
      [this, to = me(), &office = office()](peer_progress taken) { office.post(to, [this, taken] { state_->on_progress(taken); }); });
}

}  // namespace tidewire::test
