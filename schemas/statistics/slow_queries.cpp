#include "schemas/statistics/slow_queries.hpp"

#include <algorithm>
#include <utility>

namespace tidewire {

void slow_queries::watch(std::uint64_t at_least_ns, teller tell) {
  tell_ = std::move(tell);
  at_least_ns_.store(at_least_ns, std::memory_order_release);
}

void slow_queries::note(const slow_query& what) {
  total_.fetch_add(1, std::memory_order_relaxed);
  {
    const std::scoped_lock lock(mutex_);
    rows_[kept_++ % rows_max] = what;
  }
  if (!tell_) return;
  if (const auto left_out = quota_.take(what.time_ms)) tell_(what, *left_out);
}

std::vector<slow_query> slow_queries::newest() const {
  const std::scoped_lock lock(mutex_);
  std::vector<slow_query> all;
  for (auto at = kept_; at > kept_ - std::min<std::uint64_t>(kept_, rows_max); --at) all.push_back(rows_[(at - 1) % rows_max]);
  return all;
}

slow_queries& slow_queries_here() {
  static slow_queries instance;
  return instance;
}

}  // namespace tidewire
