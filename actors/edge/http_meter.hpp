// Counts HTTP requests and how long their answers take, by method, endpoint and status: labels that nobody outside can multiply. Any
// thread.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "schemas/statistics/time_histogram.hpp"
#include "transport/application.hpp"

namespace tidewire {

class http_meter {
 public:
  http_meter() = default;
  ~http_meter() {
    for (const auto& each : cells_) delete each.load();
  }
  http_meter(const http_meter&) = delete;
  http_meter& operator=(const http_meter&) = delete;

  // The responder itself, whose answer is counted. A response that goes on counts when it begins. The meter outlives it.
  transport::http_responder_ptr measured(const transport::http_request& request, transport::http_responder_ptr responder);

  struct line {
    std::string_view method;
    std::string_view endpoint;  // "/api/v1/rooms/{room}"; "other": no path of ours
    const time_histogram& times;
    std::function<void(const std::function<void(std::string_view status, std::uint64_t count)>&)> for_each_status;
  };
  // Of all that was asked for at least once.
  void for_each(const std::function<void(const line&)>& tell) const;

 private:
  friend class metered_responder;
  static constexpr std::size_t methods = 7;
  static constexpr std::size_t endpoints = 24;
  static constexpr std::size_t statuses = 26;
  struct cell {
    std::array<std::atomic<std::uint64_t>, statuses> by_status{};
    time_histogram times;
  };

  cell& at(std::string_view method, std::string_view target);

  std::array<std::atomic<cell*>, methods * endpoints> cells_{};  // made at their first use
};

}  // namespace tidewire
