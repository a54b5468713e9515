#include "transport/websocket_connection.hpp"

#include <utility>

namespace tidewire::transport {
namespace {

frame_ptr make_close_frame(std::uint16_t code, std::string_view reason) {
  std::string payload;
  if (code != no_close_code) {
    payload.push_back(static_cast<char>(code >> 8));
    payload.push_back(static_cast<char>(code & 0xFF));
    payload.append(reason);
  }
  return make_frame(frame_opcode::close, payload);
}

}  // namespace

websocket_connection::websocket_connection(shard& home, std::size_t message_bytes_max, websocket_answer handshake)
    : outbox_connection(home, handshake.form, std::move(handshake.bytes)),
      reader_(message_bytes_max, form() == framing::deflated_websocket ? &home.thread.message_inflater() : nullptr) {}

void websocket_connection::take(std::span<char> bytes) {
  while (now() == phase::open || now() == phase::closing) {
    if (must_hold_back()) {
      held_back_ = std::make_unique<std::string>(bytes.data(), bytes.size());
      return flush();
    }
    auto event = reader_.next(bytes);
    if (!event) break;
    handle(std::move(*event));
  }
  if (now() == phase::open && !arrived_.become(arriving(), reader_.pending())) shut_down(close_code::too_many_requests);
  flush();
  if (now() != phase::over) wait_readable();
}

void websocket_connection::handle(frame_event event) {
  switch (event.what) {
    case frame_event::kind::message:
      if (now() != phase::open) return;
      ++handed_over_;
      return heard_by().on_message(std::move(event.payload), event.text);
    case frame_event::kind::ping: return push_beat(make_frame(frame_opcode::pong, event.payload));
    case frame_event::kind::pong: return;
    case frame_event::kind::close:
      if (now() == phase::closing && all_is_written()) return end();  // it answers ours
      break;
    case frame_event::kind::error: break;
  }
  note_peer_is_done();
  begin_close(make_close_frame(event.code, {}), false, true);
}

// The listener has no credit left. Who releases looks at held_ after adding to released_, and here it is the other way
// round: one of the two sees the other.
bool websocket_connection::must_hold_back() {
  const auto spent = [this] { return handed_over_ - released_.load() >= limit().commands_in_flight_max; };
  if (now() != phase::open || !spent()) return false;
  held_ = true;
  return spent() || !held_.exchange(false);
}

void websocket_connection::release(std::size_t messages) {
  released_ += static_cast<std::uint32_t>(messages);
  if (held_.exchange(false)) post([this] { read_on(); });
}

void websocket_connection::read_on() {
  if (now() == phase::over) return;
  const auto bytes = std::exchange(held_back_, nullptr);
  take(bytes ? std::span<char>(*bytes) : std::span<char>());
}

void websocket_connection::on_closing() {
  if (held_.exchange(false)) read_on();
}

frame_ptr websocket_connection::last_frame(close_code code) {
  return make_close_frame(static_cast<std::uint16_t>(code), close_reason(code));
}

}  // namespace tidewire::transport
