// What an audience with a rate (max_rate) is not told yet: of a map the newest of each key, of a stream everything.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "schemas/conflation.hpp"
#include "schemas/footprint.hpp"
#include "schemas/limits.hpp"
#include "schemas/protocol/push_size.hpp"

namespace tidewire {

class held_changes {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  // Changes that follow each other in the room, in the order of offsets. What was conflated goes out in one message: who has a part of it
  // could not go on from there.
  struct batch {
    std::uint64_t after = 0;  // the room's position before the oldest change in it, which may be long before the first one that is told
    std::vector<change> changes;
  };

  explicit held_changes(const protocol::view& of) : map_(protocol::is_map(of.type)), interval_(of.interval_ms) {}

  void add(const std::vector<change>& news, const protocol::push_reader& to, const limits& limit) {
    if (empty() && !news.empty()) after_ = before(news.front());
    for (const auto& each : news) map_ ? conflate(each, to, limit) : join(each);
  }
  bool empty() const noexcept { return whole_.empty() && newest_.empty() && all_.empty(); }
  // Too much to wait any longer.
  bool full(const limits& limit) const noexcept { return !whole_.empty() || bytes_ > limit.pending_run_bytes_max; }
  bool conflates() const noexcept { return map_; }
  time_point due() const noexcept { return due_; }  // not before
  // All of it; the next time is an interval away. Of a map every batch is one message, of about run_bytes_max at most.
  std::vector<batch> take(time_point now) {
    due_ = now + interval_;
    bytes_ = 0;
    auto taken = std::exchange(whole_, {});
    auto rest = map_ ? newest_.take() : std::exchange(all_, {});
    if (!rest.empty()) taken.push_back({after_, std::move(rest)});
    return taken;
  }

 private:
  // Of a pattern there is no position.
  static std::uint64_t before(const change& news) noexcept { return std::max<std::uint64_t>(news.told->offset, 1) - 1; }

  void conflate(const change& news, const protocol::push_reader& to, const limits& limit) {
    newest_.add(news, protocol::push_bytes_max(to, *news.told));
    if (newest_.bytes() <= limit.run_bytes_max) return;
    whole_.push_back({after_, newest_.take()});
    after_ = news.told->offset;
  }
  void join(const change& news) {
    bytes_ += bytes_of(news);
    all_.push_back(news);
  }

  bool map_;
  std::chrono::milliseconds interval_;
  std::vector<batch> whole_;  // batches that are as long as a message may be
  conflation newest_;
  std::vector<change> all_;
  std::size_t bytes_ = 0;    // of all_
  std::uint64_t after_ = 0;  // the room's position before the oldest of those that are in no batch yet
  time_point due_{};
};

}  // namespace tidewire
