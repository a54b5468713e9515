// What an audience with a rate (max_rate) is not told yet: of a map the newest of each key, of a stream everything.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "schemas/conflation.hpp"
#include "schemas/limits.hpp"
#include "schemas/protocol/view.hpp"

namespace tidewire {

class held_changes {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit held_changes(const protocol::view& of) : map_(protocol::is_map(of.type)), interval_(of.interval_ms) {}

  void add(const std::vector<change>& news) {
    if (empty() && !news.empty()) after_ = std::max<std::uint64_t>(news.front().told->offset, 1) - 1;  // of a pattern there is no position
    for (const auto& each : news) {
      if (map_) {
        newest_.add(each);
      } else {
        bytes_ += each.told->data.size();
        all_.push_back(each);
      }
    }
  }
  bool empty() const noexcept { return newest_.empty() && all_.empty(); }
  // Too much to wait any longer. Of a map all goes into one message.
  bool full(const limits& limit) const noexcept {
    return newest_.bytes() + bytes_ > (map_ ? limit.run_bytes_max : limit.pending_run_bytes_max);
  }
  bool conflates() const noexcept { return map_; }
  // The room's position before the oldest change in it, which may be long before the first one that is told.
  std::uint64_t after() const noexcept { return after_; }
  time_point due() const noexcept { return due_; }  // not before
  // All of it, in the order of offsets; the next time is an interval away.
  std::vector<change> take(time_point now) {
    due_ = now + interval_;
    bytes_ = 0;
    return map_ ? newest_.take() : std::exchange(all_, {});
  }

 private:
  bool map_;
  std::chrono::milliseconds interval_;
  conflation newest_;
  std::vector<change> all_;
  std::size_t bytes_ = 0;  // of all_
  std::uint64_t after_ = 0;
  time_point due_{};
};

}  // namespace tidewire
