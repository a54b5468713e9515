// The seam between transport and the rest: transport knows nothing of actors, and who implements `application` knows
// nothing of sockets. All bytes from outside have been bounded and checked for form (HTTP, RFC 6455) before they pass here.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schemas/errc.hpp"
#include "schemas/frame.hpp"

namespace tidewire::transport {

// Frames of one source (a room) that a slow peer was not sent: all behind this position.
using source_ptr = std::shared_ptr<const std::string>;
struct missed {
  source_ptr source;
  std::uint64_t after = 0;
};

// How far a peer has come with what it is sent.
struct peer_progress {
  std::uint64_t bytes = 0;  // that its system has taken since the beginning
  bool all = false;         // nothing is on its way to it
};

// How a peer's connection stands, for operators.
struct peer_look {
  std::uint64_t queued_bytes = 0;  // wait for it here
  std::size_t missing = 0;         // sources of which it misses frames now
};

// The queue of frames on their way to one peer. It belongs to one I/O thread (`home`), where its connection lives and
// where it must be used, except for what is said to be free of threads. It outlives its connection: sending to a closed one does nothing.
class outbox {
 public:
  virtual ~outbox() = default;

  // Index of the I/O thread this outbox lives on. Free of threads.
  virtual std::size_t home() const noexcept = 0;
  // Unique in the process, never reused. Free of threads.
  virtual std::uint64_t id() const noexcept = 0;
  virtual bool closed() const noexcept = 0;  // Free of threads.
  // What is pushed must be framed so. Free of threads.
  virtual framing form() const noexcept = 0;

  // Queues a ready frame and shares its bytes; it goes out when this outbox has its turn, with all that was queued until then. A queue
  // past outbox_bytes_max, beside its longest frame, is written at once; if the peer does not take it, the connection is closed as slow and
  // the queue dropped. When all queues together are past outboxes_bytes_max, one past outbox_bytes_fair is.
  virtual void push(const frame_ptr& ready) = 0;
  // Queues a frame that the peer may miss for now: when too much waits for it (limits::backlog_bytes_max, outboxes_bytes_max), it is left
  // out, and so is all that is offered of this source later, until resume(). The listener hears of it (on_missed) when the peer has taken
  // what waits. `after` is the source's position before this frame.
  virtual void offer(const frame_ptr& ready, const source_ptr& source, std::uint64_t after) = 0;
  // Queues a frame that the peer does without when too much waits for it; nobody makes up for it.
  virtual void spare(const frame_ptr& ready) = 0;
  // What was left out of this source is being made up for: up to that position (the rest will be missed again), or all of it.
  virtual void resume(const std::string& source, std::optional<std::uint64_t> up_to) = 0;
  // Writes all that is queued now, with as few system calls as possible.
  virtual void flush() = 0;
  virtual peer_look standing() const { return {}; }
  // Of the peer, or of the client for whom it speaks, without port; empty: the connection is over. Asks the kernel.
  virtual std::string address() const { return {}; }

  // Free of threads: queue and flush on the home thread, in the order of the calls of one thread.
  virtual void send(frame_ptr ready) = 0;
  // Free of threads: queues a sign of life on the home thread. It is not what makes a peer slow: behind more than outbox_bytes_max one of
  // them waits, and further ones are dropped. But a peer for which something waits, and that took nothing since an earlier one, at least
  // pong_timeout_s ago, is closed as slow.
  virtual void beat(frame_ptr ready) = 0;
  // Free of threads: what was sent before goes out first (except for close_code::slow), then the close frame.
  virtual void close(close_code code) = 0;
  // Free of threads: runs the job on the home thread as soon as nothing is queued, also when the connection is over. One job at a time.
  virtual void when_drained(std::function<void()> job) = 0;
  // Free of threads: calls the job on the home thread, soon, unless the connection is over.
  virtual void ask_progress(std::function<void(peer_progress)> job) = 0;
  // Free of threads: the application has taken care of that many messages; see outbox_listener::on_message.
  virtual void release(std::size_t messages) = 0;
};
using outbox_ptr = std::shared_ptr<outbox>;

// Hears one WebSocket connection, or of a response that goes on only its end; on its I/O thread.
class outbox_listener {
 public:
  virtual ~outbox_listener() = default;
  // One whole message (a text message is valid UTF-8). No more than commands_in_flight_max messages are handed over before release():
  // then the socket is not read, and TCP holds the peer back.
  virtual void on_message(std::string message, bool text) = 0;
  // The peer has taken what waited for it; meanwhile it missed this. Each is told once, until resume().
  virtual void on_missed(std::vector<missed>) {}
  // The connection is over, once, whatever ended it. The last call.
  virtual void on_close() = 0;
};

struct header {
  std::string name;  // lower case
  std::string value;
};

// The peer of who comes over a socket of this machine (unix(7)); the permissions of its file say who may.
inline constexpr std::string_view unix_peer = "unix";

struct http_request {
  std::string method;           // as sent, e.g. "GET"; HEAD arrives as "GET" with head = true, its body is cut by transport
  std::string target;           // origin form, still percent-encoded: "/api/v1/rooms?limit=10"
  std::vector<header> headers;  // in order
  std::string body;             // decoded from chunks, within http_body_bytes_max
  std::string peer;             // address without port, or unix_peer
  bool head = false;

  // The first header of that lower-case name, or an empty view.
  std::string_view find(std::string_view name) const noexcept;
};

struct http_response {
  std::uint16_t status = 200;
  std::string content_type;  // empty: no body
  std::vector<header> headers;
  std::string body;
};

// A response of status 200 that goes on until its outbox is closed.
struct stream_terms {
  std::string content_type;
  std::vector<header> headers;
  framing form = framing::text;  // what is pushed is framed so
  // The last message, framed likewise, when it is we who end it; may be empty.
  std::function<std::string(close_code)> farewell;
};
using listener_maker = std::function<std::unique_ptr<outbox_listener>(outbox_ptr)>;

// The duty to answer one request, once. Free of threads. If nobody answers and the last reference goes, the peer gets a
// 503 problem: no request is lost in silence.
class http_responder {
 public:
  virtual ~http_responder() = default;
  virtual void answer(http_response response) = 0;
  // Begins a response that goes on; `listen` is called at once. To be called inside on_http only, and not for a HEAD. Peers that speak
  // HTTP/1.0 are refused.
  virtual void stream(stream_terms terms, const listener_maker& listen) = 0;
};
using http_responder_ptr = std::shared_ptr<http_responder>;

// How a body ends that is taken as it comes.
enum class body_end : std::uint8_t {
  whole,    // all of it has come
  stalled,  // it did not go on within http_idle_timeout_s; an answer will be heard
  stopped,  // the server ends and reads no more of it; an answer will be heard
  lost,     // the connection is over, or has been answered: nobody hears an answer
};

// Hears the body of a request that is taken as it comes; on the I/O thread.
class body_listener {
 public:
  virtual ~body_listener() = default;
  // The next bytes, cut anywhere. When so many as ingest_bytes_in_flight_max are not released, the socket is not read, and TCP holds
  // the peer back.
  virtual void on_bytes(std::string bytes) = 0;
  // The last call.
  virtual void on_end(body_end how) = 0;
};

// Where such a body comes from. Free of threads; it does not keep the connection alive.
class body_source {
 public:
  virtual ~body_source() = default;
  // So many bytes of what was handed over have been taken care of.
  virtual void release(std::size_t bytes) = 0;
};
using body_source_ptr = std::shared_ptr<body_source>;

class application {
 public:
  virtual ~application() = default;
  // Whether the body of this request is to be taken as it comes, however long it is. `head` has no body yet. On an I/O thread.
  virtual bool takes_body(const http_request&) const { return false; }
  // Such a request, without its body. It may be answered at any time; then the rest of the body is dropped, and so it is if this gives
  // null, which needs an answer too.
  virtual std::unique_ptr<body_listener> on_body(http_request, http_responder_ptr, body_source_ptr) { return nullptr; }
  // On an I/O thread; must not block. Requests of one connection arrive one at a time.
  virtual void on_http(http_request request, http_responder_ptr responder) = 0;
  // A WebSocket upgrade is about to be accepted. Null refuses it with `refusal` (404 if left as it is).
  virtual std::unique_ptr<outbox_listener> on_websocket(const http_request& upgrade, outbox_ptr out, http_response& refusal) = 0;
};

}  // namespace tidewire::transport
