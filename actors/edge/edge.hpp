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
  std::unique_ptr<transport::outbox_listener> on_websocket(const transport::http_request& upgrade, transport::outbox_ptr out,
                                                           transport::http_response& refusal) override;

 private:
  engine& own_;
  stream_endpoints streams_;
};

}  // namespace tidewire
