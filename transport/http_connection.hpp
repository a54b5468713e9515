// An HTTP/1.1 connection: requests one after the other (also pipelined ones), until it ends or becomes a WebSocket.
//
//   reading   waits for a request, or for the rest of one
//   taking    the application takes a body as it comes, and may answer (http_body.cpp)
//   answering the application has it; the socket is not read
//   writing   the response is on its way
//   lingering the last response is out and FIN is sent; what still comes is dropped until the peer's FIN
//   over      the socket is closed, or has gone to an outbox_connection
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "schemas/arrival.hpp"
#include "transport/connection.hpp"
#include "transport/content_coding.hpp"
#include "transport/outbox_connection.hpp"
#include "transport/peer_socket.hpp"
#include "transport/request_reader.hpp"

namespace tidewire::transport {

class http_connection final : public connection {
 public:
  http_connection(shard& home, stream_socket socket, std::unique_ptr<tls_stream> tls);

  void start();
  // Instead of start(): goes on with a request for a WebSocket that another server has read.
  void go_on(handover taken);
  // The answer of the application to the request it has. On the I/O thread.
  void answer(http_response response);
  // The same with a response that goes on; inside on_http only.
  void stream(stream_terms terms, const listener_maker& listen);
  // Of a body that is taken as it comes, so much has been taken care of.
  void release(std::size_t bytes);

  void shut_down(close_code code) override;
  void abort() override;

 private:
  using time_point = std::chrono::steady_clock::time_point;
  static constexpr auto never = time_point::max();
  enum class phase : std::uint8_t { reading, taking, answering, writing, lingering, over };
  // A body that is taken as it comes.
  struct body_flow {
    std::unique_ptr<body_listener> listener;
    std::size_t unreleased = 0;  // bytes
    bool crowded = false;        // others hold so much that this one may have only its own
    bool paused = false;         // that is too much: the socket is not read
  };

  void wait_readable();
  void on_readable();
  void take(std::string_view bytes);
  void body_arrives(std::size_t bytes);
  void body_grows(std::size_t bytes);
  std::size_t body_window() const noexcept;
  void begin_body();
  void take_piece(request_reader::progress come, std::size_t size, std::string_view rest);
  void end_body(body_end how);
  void dispatch();
  void find_client(http_request& request);
  bool take_place_of_client();
  void upgrade(const http_request& request);
  void hand_over();
  void become(const std::shared_ptr<outbox_connection>& made, std::unique_ptr<outbox_listener> listener);
  void respond(http_response response);
  bool is_too_long_now(const http_response& response) const noexcept;
  void write();
  void after_response();
  void set_due(std::uint32_t seconds);
  void arm_timer();
  void on_timer();
  void end();

  shard& shard_;
  phase phase_ = phase::reading;
  bool reading_ = false;    // a wait for bytes is out
  bool writing_ = false;    // a wait for room in the socket is out
  bool last_ = false;       // the response on its way is the last
  bool head_only_ = false;  // the request was a HEAD
  std::string request_id_;  // of the request that is being answered
  std::string peer_;
  bool through_proxy_;  // the peer may speak for others
  std::optional<peer_socket> socket_;
  boost::asio::steady_timer timer_;
  time_point due_ = never;      // the peer has to have done something by then
  time_point alarm_ = never;    // when the timer goes off
  std::size_t piece_left_ = 0;  // of a body, to arrive before it is due anew
  request_reader reader_;
  std::unique_ptr<body_flow> flow_;  // while taking
  arrival arrived_;                  // of a body, until it is answered
  coding_terms coding_;              // of the request that is being answered
  frame_queue queue_{shard_.thread.queued_bytes()};
  std::string early_;  // what was read behind the request that is being answered
};

}  // namespace tidewire::transport
