// The name of one request, in the header X-Request-Id of its response: what the client and the logs of those in between may call it.
#pragma once

#include <string>
#include <string_view>

#include "transport/application.hpp"

namespace tidewire::transport {

inline constexpr std::string_view request_id_header = "x-request-id";
inline constexpr std::size_t request_id_bytes_max = 128;

// What the request says, if that is up to 128 letters, digits and "-._~:/+=@"; else a new one.
std::string request_id_of(const http_request& request);

// The same, and from now on the request has it as its header, whatever the client sent.
std::string settle_request_id(http_request& request);

}  // namespace tidewire::transport
