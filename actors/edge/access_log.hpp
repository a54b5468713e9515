// What the log says of requests of clients and integrations: each of them at level info of component "access", which is off unless it is
// switched on, and those that took long at level warn. Neither query strings, nor headers, nor contents: the path's pattern alone, and the
// names that the request gave itself (docs/operating.md, "Requests").
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "transport/application.hpp"

namespace tidewire {

// What is known of a request when it is over.
struct request_end {
  std::string_view method;
  std::string_view endpoint;  // "/api/v1/rooms/{room}"
  std::uint16_t status = 200;
  std::uint64_t ns = 0;
  std::optional<std::size_t> bytes{};  // of the answer's body, before compression; nothing: they were not counted
};

// The names of one request, taken when it comes, for when it is over. Any thread.
class request_note {
 public:
  explicit request_note(const transport::http_request& request);

  void answered(const request_end& with) const;
  // The same of what goes on for as long as its client likes: that it took long says nothing.
  void ended(const request_end& with) const;

 private:
  std::string line(const request_end& with) const;

  std::string request_id_;
  std::string trace_id_;
};

struct access_log {
  static bool is_on();
  static inline std::atomic<std::uint64_t> slow_ns{1'000'000'000};  // what takes longer is in the log
};

// The trace that a request says it is part of: of its header traceparent, else of the attribute of that name of its one CloudEvent, in
// binary or structured mode. Empty: it says none, or none that is well formed, or several.
std::string trace_id_of(const transport::http_request& request);

}  // namespace tidewire
