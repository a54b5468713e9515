// The WebSocket of /test/echo, for conformance suites: every message comes back as it is. Exists only when configured.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "transport/application.hpp"

namespace tidewire::transport {

inline constexpr std::string_view echo_path = "/test/echo";
inline constexpr std::size_t echo_message_bytes_max = 16'777'216;

std::unique_ptr<outbox_listener> make_echo(outbox_ptr out);

}  // namespace tidewire::transport
