// A plain connection that has asked for a WebSocket, on its way from one server to another that answers it.
#pragma once

#include <functional>
#include <string>

#include "transport/application.hpp"

namespace tidewire::transport {

// Whoever takes it over owns the descriptor.
struct handover {
  int descriptor = -1;
  http_request upgrade;
  std::string request_id;
  std::string early;  // what came behind the request
};
using take_handover = std::function<void(handover)>;

}  // namespace tidewire::transport
