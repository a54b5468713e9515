// Keeps what happens often from flooding the log: so many lines in each window of time, and how many were left out. Any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

namespace tidewire {

class line_quota {
 public:
  line_quota(std::uint32_t lines_max, std::int64_t window_ms) : lines_max_(lines_max), window_ms_(window_ms) {}

  // Whether a line may be written at that time, by a clock of the caller: how many were left out since the last one that was. Nothing: it
  // may not.
  std::optional<std::uint64_t> take(std::int64_t now_ms) {
    const std::scoped_lock lock(mutex_);
    if (now_ms >= begun_ms_ + window_ms_ || now_ms < begun_ms_) {
      begun_ms_ = now_ms;
      lines_ = 0;
    }
    if (lines_ >= lines_max_) {
      ++left_out_;
      return std::nullopt;
    }
    ++lines_;
    return std::exchange(left_out_, 0);
  }

 private:
  const std::uint32_t lines_max_;
  const std::int64_t window_ms_;
  std::mutex mutex_;
  std::int64_t begun_ms_ = 0;
  std::uint32_t lines_ = 0;
  std::uint64_t left_out_ = 0;
};

}  // namespace tidewire
