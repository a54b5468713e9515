// The paths of the operators' listener: which methods and which query parameters each takes. Those of rooms, which the public listener has
// too, are the gateway's (actors/gateway/http_route.hpp), and the console's files have no parameters that count. What is here is what the
// OpenAPI document of this listener says (tools/documents/admin.py; tests/documents compares the two). Constant; any thread.
#pragma once

#include <optional>
#include <string_view>

#include "schemas/api/uri.hpp"
#include "transport/application.hpp"

namespace tidewire {

struct admin_route {
  std::string_view path;        // a star is any one segment
  std::string_view methods;     // as Allow says them
  std::string_view parameters;  // with ", " between them
  bool others = false;          // further parameters change nothing: some monitors add their own
};

// Null: there is no such path.
const admin_route* find_admin_route(const api::request_target& target) noexcept;

// What OPTIONS is answered, and a method or a parameter that is not there; nothing: the request makes sense so far.
std::optional<transport::http_response> answer_by_route(const admin_route& of, std::string_view method, const api::request_target& target);

}  // namespace tidewire
