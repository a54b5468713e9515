#include "transport/http_connection.hpp"

#include <chrono>
#include <utility>
#include <vector>

#include "schemas/limit_hits.hpp"
#include "transport/echo.hpp"
#include "transport/handshake.hpp"
#include "transport/http_exchange.hpp"
#include "transport/http_text.hpp"
#include "transport/request_id.hpp"
#include "transport/stream_connection.hpp"
#include "transport/websocket_connection.hpp"

namespace tidewire::transport {
namespace {

// A body up to this size is copied behind its head: a copy costs less than a second buffer.
constexpr std::size_t copied_body_max = 4'096;

// So much of a request's body, or the rest of it, has to come in each http_idle_timeout_s.
constexpr std::size_t body_piece_bytes = 16'384;

constexpr auto crowded_address = "connections_per_address_max is reached";

frame_ptr ready(std::string bytes) { return std::make_shared<const frame>(frame{std::move(bytes)}); }

}  // namespace

http_connection::http_connection(shard& home, stream_socket socket, std::unique_ptr<tls_stream> tls)
    : shard_(home),
      peer_(address_of(socket)),
      through_proxy_(contains(home.settings.trusted_proxies, peer_)),
      socket_(std::in_place, std::move(socket), std::move(tls)),
      timer_(home.thread.context()),
      reader_(home.settings.limit.http_header_bytes_max, home.settings.limit.http_body_bytes_max,
              [&app = home.app](const http_request& head) { return app.takes_body(head); }) {}

void http_connection::start() {
  set_due(shard_.settings.limit.http_idle_timeout_s);
  wait_readable();
}

void http_connection::go_on(handover taken) {
  early_ = std::move(taken.early);
  request_id_ = std::move(taken.request_id);
  last_ = true;  // if it is refused
  upgrade(taken.upgrade);
}

// Reading.

void http_connection::wait_readable() {
  if (reading_) return;
  reading_ = true;
  socket_->wait_readable([self = shared_from_this(), this](boost::system::error_code error) {
    reading_ = false;
    if (phase_ == phase::over) return;
    if (error) return end();
    if (phase_ == phase::answering || phase_ == phase::writing) return;  // the rest of a body that nobody wants
    on_readable();
  });
}

void http_connection::on_readable() {
  const auto buffer = shard_.thread.read_buffer();
  const auto got = socket_->receive(buffer);
  switch (got.what) {
    case peer_socket::outcome::done: break;
    case peer_socket::outcome::blocked: return wait_readable();
    case peer_socket::outcome::ended:
    case peer_socket::outcome::broken: return end();
  }
  if (phase_ == phase::lingering) return wait_readable();
  take({buffer.data(), got.bytes});
}

void http_connection::take(std::string_view bytes) {
  const auto size = bytes.size();
  const auto come = reader_.feed(bytes);
  if (reader_.streamed()) return take_piece(come, size, bytes);
  switch (come) {
    case request_reader::progress::more: return reader_.in_body() ? body_grows(size) : wait_readable();
    case request_reader::progress::wants_continue:
      if (bytes.empty()) {
        queue_.push(ready("HTTP/1.1 100 Continue\r\n\r\n"));
        write();
      }
      return phase_ == phase::over ? void() : take(bytes);
    case request_reader::progress::complete: early_.assign(bytes); return dispatch();
    case request_reader::progress::refused: return respond(std::move(reader_.refusal()));
  }
}

// A head must arrive as a whole in time; a body must go on arriving, a good piece each time: byte by byte it could take for ever.
void http_connection::body_arrives(std::size_t bytes) {
  if (bytes < piece_left_) {
    piece_left_ -= bytes;
    return;
  }
  piece_left_ = body_piece_bytes;
  set_due(shard_.settings.limit.http_idle_timeout_s);
}

// Read as it comes and only then handed over: all that has come is held.
void http_connection::body_grows(std::size_t bytes) {
  if (!arrived_.become(shard_.settings.requests, reader_.request().body.size())) {
    last_ = true;
    return respond(make_problem(errc::unavailable, "the bodies of others fill requests_bytes_max: try again"));
  }
  body_arrives(bytes);
  wait_readable();
}

void http_connection::dispatch() {
  due_ = never;
  piece_left_ = 0;
  auto& request = reader_.request();
  find_client(request);
  head_only_ = request.head;
  request_id_ = settle_request_id(request);
  if (reader_.http_1_1() && asks_for_websocket(request)) return shard_.websockets_to ? hand_over() : upgrade(request);
  if (request.target == "*") {
    return respond({.status = 204, .content_type = {}, .headers = {{"allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"}}, .body = {}});
  }
  phase_ = phase::answering;
  coding_ = take_coding_terms(request);
  auto responder = std::make_shared<http_exchange>(std::static_pointer_cast<http_connection>(shared_from_this()), shard_.thread);
  shard_.app.on_http(std::move(request), std::move(responder));
}

void http_connection::find_client(http_request& request) {
  request.peer = peer_;
  if (!through_proxy_) return;
  place.reset();
  client.reset();
  std::vector<std::string_view> forwarded;
  for (const auto& [name, value] : request.headers)
    if (name == "x-forwarded-for") forwarded.push_back(value);
  request.peer = client_behind(shard_.settings.trusted_proxies, peer_, forwarded);
  if (request.peer != peer_) client = std::make_unique<const std::string>(request.peer);
}

// Connections that stay count among those of the client; what else comes through a proxy does not stay.
bool http_connection::take_place_of_client() {
  if (!client) return true;
  auto taken = shard_.count.take_place(*client);
  if (exceeds<"connections_per_address_max">(!taken)) return false;
  place = std::move(*taken);
  return true;
}

void http_connection::upgrade(const http_request& request) {
  const bool is_echo = shard_.settings.test_echo && request.target == echo_path;
  auto handshake = accept_websocket(request, shard_.settings.allowed_origins, is_echo || shard_.settings.websocket_compression);
  if (!handshake) return respond(std::move(handshake.error()));

  if (!take_place_of_client()) return respond(make_problem(errc::too_many_requests, crowded_address));
  const auto message_bytes_max = is_echo ? echo_message_bytes_max : shard_.settings.limit.message_bytes_max;
  auto made = std::make_shared<websocket_connection>(shard_, message_bytes_max, std::move(*handshake));
  http_response refusal = make_problem(errc::unknown_room, "there is no WebSocket at this path");
  auto listener = is_echo ? make_echo(made) : shard_.app.on_websocket(request, made, refusal);
  if (!listener) {
    made->give_up();
    return respond(std::move(refusal));
  }
  become(made, std::move(listener));
}

// The socket goes to another server. A peer that has not taken "100 Continue" yet can't go with it.
void http_connection::hand_over() {
  if (writing_) return end();
  handover gone{socket_->release(), std::move(reader_.request()), std::move(request_id_), std::move(early_)};
  end();
  shard_.websockets_to(std::move(gone));
}

// The socket goes to another connection.
void http_connection::become(const std::shared_ptr<outbox_connection>& made, std::unique_ptr<outbox_listener> listener) {
  phase_ = phase::over;
  timer_.cancel();
  const auto self = shared_from_this();
  shard_.replace(self, made);
  made->start(std::move(*socket_), std::move(listener), std::move(early_));
  socket_.reset();
}

// Answering.

void http_connection::answer(http_response response) {
  if (phase_ == phase::taking) {  // before its end: the rest is dropped
    last_ = true;
    end_body(body_end::lost);
    phase_ = phase::answering;
  }
  if (phase_ != phase::answering) return;
  encode_content(response, coding_, shard_.settings.http_compression);
  respond(std::move(response));
}

void http_connection::stream(stream_terms terms, const listener_maker& listen) {
  if (phase_ != phase::answering) return;
  if (!reader_.http_1_1()) return respond(make_problem(505, "a response that goes on needs HTTP/1.1"));
  if (!take_place_of_client()) return respond(make_problem(errc::too_many_requests, crowded_address));
  terms.headers.push_back({std::string(request_id_header), std::exchange(request_id_, {})});
  const auto made = std::make_shared<stream_connection>(shard_, std::move(terms));
  become(made, listen(made));
}

// While all queues together hold more than they may, nobody gets a long answer that he may never take.
bool http_connection::is_too_long_now(const http_response& response) const noexcept {
  return response.body.size() > shard_.settings.limit.outbox_bytes_fair && shard_.thread.queued_bytes() >= shard_.queued_bytes_max;
}

void http_connection::respond(http_response response) {
  phase_ = phase::writing;
  if (exceeds<"outboxes_bytes_max">(is_too_long_now(response)))
    response = make_problem(errc::unavailable, "what waits for others fills outboxes_bytes_max: try again, or ask for less");
  if (!is_sendable(response)) response = make_problem(errc::internal, "the answer held a header that cannot be sent");
  if (request_id_.empty()) request_id_ = request_id_of(reader_.request());  // it was refused before it was whole
  response.headers.push_back({std::string(request_id_header), std::exchange(request_id_, {})});
  last_ = last_ || !reader_.keep_alive();
  const bool with_body = !head_only_ && may_have_body(response.status);
  const bool copied = with_body && response.body.size() <= copied_body_max;
  auto bytes = make_response_head(response, !last_, copied ? response.body.size() : 0);
  if (copied) bytes += response.body;
  arrived_.forget();
  queue_.push(ready(std::move(bytes)));
  if (with_body && !copied) queue_.push(ready(std::move(response.body)));
  due_ = never;
  write();
}

void http_connection::write() {
  if (writing_) return;
  const auto before = queue_.bytes();
  switch (socket_->flush(queue_)) {
    case peer_socket::outcome::done: return phase_ == phase::writing ? after_response() : void();
    case peer_socket::outcome::blocked: break;
    case peer_socket::outcome::ended:
    case peer_socket::outcome::broken: return end();
  }
  if (due_ == never || queue_.bytes() < before) set_due(shard_.settings.limit.http_idle_timeout_s);
  writing_ = true;
  socket_->wait_writable([self = shared_from_this(), this](boost::system::error_code error) {
    writing_ = false;
    if (phase_ == phase::over) return;
    if (error) return end();
    write();
  });
}

void http_connection::after_response() {
  if (last_) {
    phase_ = phase::lingering;
    socket_->end_writing();
    set_due(shard_.settings.limit.close_timeout_s);
    return wait_readable();
  }
  reader_.reset();
  head_only_ = false;
  phase_ = phase::reading;
  set_due(shard_.settings.limit.http_idle_timeout_s);
  if (early_.empty()) return wait_readable();
  // By a job of its own: a long pipeline must not grow the stack.
  shard_.thread.post([self = shared_from_this(), this] {
    if (phase_ != phase::reading) return;
    const auto bytes = std::exchange(early_, {});
    take(bytes);
  });
}

// Ending.

// What is due moves with every request. The timer is only set again when it goes off too early, or would too late.
void http_connection::set_due(std::uint32_t seconds) {
  due_ = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  if (due_ < alarm_) arm_timer();
}

void http_connection::arm_timer() {
  alarm_ = due_;
  timer_.expires_at(alarm_);
  timer_.async_wait([self = shared_from_this(), this](boost::system::error_code cancelled) {
    if (!cancelled && phase_ != phase::over) on_timer();
  });
}

void http_connection::on_timer() {
  const auto now = std::chrono::steady_clock::now();
  if (alarm_ > now) return;  // set again while this was on its way
  alarm_ = never;
  if (due_ == never) return;
  if (due_ > now) return arm_timer();
  exceeds<"http_idle_timeout_s">(true);
  if (phase_ == phase::taking) {
    last_ = true;
    return end_body(body_end::stalled);
  }
  if (phase_ != phase::reading || reader_.idle()) return abort();
  last_ = true;  // what still comes is the rest of this request, and no other one
  respond(make_problem(408, "the request did not arrive in time"));
}

void http_connection::shut_down(close_code) {
  last_ = true;
  if (phase_ == phase::taking) return end_body(body_end::stopped);
  if (phase_ == phase::reading && reader_.idle() && early_.empty()) end();
}

void http_connection::abort() {
  if (phase_ == phase::over) return;
  socket_->abort();
  end();
}

void http_connection::end() {
  end_body(body_end::lost);
  phase_ = phase::over;
  arrived_.forget();
  socket_.reset();
  timer_.cancel();
  shard_.thread.post([self = shared_from_this(), this] { shard_.remove(self); });
}

}  // namespace tidewire::transport
