// The client protocol where no WebSocket gets through: a response that goes on tells, commands come in requests of their own.
//
//   POST /connection/http_stream         the body is the first message; replies and pushes are lines
//   GET  /connection/sse?cf_connect=…    the same with server-sent events; POST with the message as the body
//   POST /emulation                      every further message
//   GET  /connection/uni_sse?cf_connect=… for who only listens, to the rooms that the token subscribes to: bare pushes
//
// Pages of other origins are served if they are allowed.
#pragma once

#include <string_view>

#include "actors/edge/emulation_table.hpp"
#include "actors/engine.hpp"
#include "transport/application.hpp"

namespace tidewire {

class stream_endpoints {
 public:
  // `own` outlives the endpoints.
  explicit stream_endpoints(engine& own) : own_(own), table_(std::make_shared<emulation_table>()) {}

  // On an I/O thread, inside on_http. False: the request is not for us, and untouched.
  bool serve(transport::http_request& request, const transport::http_responder_ptr& responder);

 private:
  struct call;
  struct endpoint;

  void connect(const call& from, framing form, protocol::dialect dialect);
  void emulate(const call& from);

  engine& own_;
  std::shared_ptr<emulation_table> table_;  // listeners may outlive the edge
};

}  // namespace tidewire
