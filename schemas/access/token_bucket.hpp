// Rate limits by token bucket, as the generic cell rate algorithm (ITU-T I.371) keeps them: one moment instead of a level. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

namespace tidewire {

// So many in each window, all at once if need be, and as fast as the window refills afterwards.
struct rate {
  std::uint32_t requests = 0;  // 0: no limit
  std::uint32_t window_ms = 1'000;

  bool limits() const noexcept { return requests > 0; }
  bool operator==(const rate&) const = default;
};

struct rate_verdict {
  bool granted = true;
  std::uint32_t remaining = 0;        // further ones that would be granted now
  std::int64_t full_in_ms = 0;        // until all of them are there again
  std::int64_t come_again_in_ms = 0;  // when it was not granted: until one is

  bool operator==(const rate_verdict&) const = default;
};

// REQUIRES of both: the rate limits, and the clock does not go back.
class token_bucket {
 public:
  rate_verdict take(const rate& allowed, std::int64_t now_ms) noexcept;
  bool is_full(std::int64_t now_ms) const noexcept { return full_at_us_ <= now_ms * 1'000; }

 private:
  std::int64_t full_at_us_ = 0;
};

// A bucket for each name. At most names_max are remembered; further ones share one bucket until some are full again. Any thread.
class rate_table {
 public:
  static constexpr std::size_t names_max = 65'536;

  rate_table() : rate_table(names_max) {}
  explicit rate_table(std::size_t most) : most_(most) {}
  rate_verdict take(const std::string& name, const rate& allowed, std::int64_t now_ms);
  std::size_t size() const;

 private:
  token_bucket& bucket_of(const std::string& name, std::int64_t now_ms);

  const std::size_t most_;
  mutable std::mutex guard_;
  std::unordered_map<std::string, token_bucket> buckets_;
  token_bucket shared_;
  std::int64_t swept_ms_ = 0;
};

// How many connections each name has. Any thread.
class connection_table {
 public:
  // False: it has `most` already.
  bool add(const std::string& name, std::size_t most);
  void remove(const std::string& name);

 private:
  std::mutex guard_;
  std::unordered_map<std::string, std::size_t> counts_;
};

}  // namespace tidewire
