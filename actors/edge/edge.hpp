// The engine's side of the seam to transport: on the I/O threads, turns requests into mail for the gateway and new connections into
// sessions.
#pragma once

#include <memory>

#include "actors/edge/stream_endpoints.hpp"
#include "actors/engine.hpp"
#include "transport/application.hpp"

namespace tidewire {

class edge final : public transport::application {
 public:
  // `own` outlives the edge.
  explicit edge(engine& own);

  void on_http(transport::http_request request, transport::http_responder_ptr responder) override;
  bool takes_body(const transport::http_request& head) const override;
  std::unique_ptr<transport::body_listener> on_body(transport::http_request head, transport::http_responder_ptr responder,
                                                    transport::body_source_ptr source) override;
  std::unique_ptr<transport::outbox_listener> on_websocket(const transport::http_request& upgrade, transport::outbox_ptr out,
                                                           transport::http_response& refusal) override;

 private:
  // What stands before credentials. False: it has been refused.
  bool let_in_address(const transport::http_request& request, transport::http_responder_ptr& responder);
  bool let_in_page(const transport::http_request& request, transport::http_responder_ptr& responder);

  engine& own_;
  stream_endpoints streams_;
};

}  // namespace tidewire
