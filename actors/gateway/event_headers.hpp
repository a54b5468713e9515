// The headers of a request that are attributes of a CloudEvent. Pure.
#pragma once

#include "schemas/api/binary_event.hpp"
#include "transport/application.hpp"

namespace tidewire {

// They point into the request.
inline api::event_attributes event_headers(const transport::http_request& request) {
  api::event_attributes found;
  for (const auto& [name, value] : request.headers)
    if (name.starts_with("ce-")) found.emplace_back(std::string_view(name).substr(3), value);
  return found;
}

}  // namespace tidewire
