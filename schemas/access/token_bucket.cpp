#include "schemas/access/token_bucket.hpp"

#include <algorithm>

namespace tidewire {

namespace {

constexpr std::int64_t sweep_interval_ms = 1'000;

std::int64_t rounded_up_ms(std::int64_t us) { return (us + 999) / 1'000; }

}  // namespace

rate_verdict token_bucket::take(const rate& allowed, std::int64_t now_ms) noexcept {
  const auto now_us = now_ms * 1'000;
  const auto window_us = std::int64_t{allowed.window_ms} * 1'000;
  const auto each_us = std::max<std::int64_t>(window_us / allowed.requests, 1);
  const auto begins_us = std::max(full_at_us_, now_us);
  const auto over_us = begins_us + each_us - now_us - std::max(window_us, each_us);
  if (over_us > 0) return {false, 0, rounded_up_ms(begins_us - now_us), rounded_up_ms(over_us)};
  full_at_us_ = begins_us + each_us;
  const auto used_us = full_at_us_ - now_us;
  return {true, static_cast<std::uint32_t>(std::max<std::int64_t>(window_us - used_us, 0) / each_us), rounded_up_ms(used_us), 0};
}

rate_verdict rate_table::take(const std::string& name, const rate& allowed, std::int64_t now_ms) {
  const std::lock_guard lock(guard_);
  return bucket_of(name, now_ms).take(allowed, now_ms);
}

// A full bucket says no more than none.
token_bucket& rate_table::bucket_of(const std::string& name, std::int64_t now_ms) {
  if (const auto found = buckets_.find(name); found != buckets_.end()) return found->second;
  if (buckets_.size() >= most_ && now_ms - swept_ms_ >= sweep_interval_ms) {
    swept_ms_ = now_ms;
    std::erase_if(buckets_, [&](const auto& each) { return each.second.is_full(now_ms); });
  }
  return buckets_.size() >= most_ ? shared_ : buckets_[name];
}

std::size_t rate_table::size() const {
  const std::lock_guard lock(guard_);
  return buckets_.size();
}

bool connection_table::add(const std::string& name, std::size_t most) {
  const std::lock_guard lock(guard_);
  auto& count = counts_[name];
  if (count >= most) return false;
  ++count;
  return true;
}

void connection_table::remove(const std::string& name) {
  const std::lock_guard lock(guard_);
  const auto found = counts_.find(name);
  if (found != counts_.end() && --found->second == 0) counts_.erase(found);
}

}  // namespace tidewire
