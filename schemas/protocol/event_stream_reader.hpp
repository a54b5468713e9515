// Server-sent events as a client reads them (WHATWG HTML, "Interpreting an event stream"): bytes in any pieces become events.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "schemas/result.hpp"

namespace tidewire::protocol {

struct server_event {
  std::string name;  // empty: "message"
  std::string data;  // its lines, joined by line feeds
  std::string id;    // the last one that the stream told, of this event or an earlier one
};

class event_stream_reader {
 public:
  explicit event_stream_reader(std::size_t event_bytes_max) : event_bytes_max_(event_bytes_max) {}

  // Calls `each` for every event that these bytes complete. Errors: payload_too_large when one is longer than event_bytes_max; nothing
  // may be fed afterwards.
  result<void> feed(std::string_view bytes, const std::function<void(const server_event&)>& each);

  // How long the server wants clients to wait before they come back, if it said so.
  std::optional<std::uint32_t> retry_ms() const noexcept { return retry_ms_; }

 private:
  void take_line(const std::function<void(const server_event&)>& each);
  void take_field(std::string_view name, std::string_view value);

  const std::size_t event_bytes_max_;
  std::string line_;        // as far as it has come
  bool after_cr_ = false;   // a line feed belongs to the line before
  bool first_line_ = true;  // which may begin with a byte order mark
  bool has_data_ = false;
  server_event next_;
  std::optional<std::uint32_t> retry_ms_;
};

}  // namespace tidewire::protocol
