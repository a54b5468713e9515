// API keys of backends. The server knows their SHA-256 alone: a key has 256 random bits, so nobody can guess his way back, and a slow hash
// would add nothing (which passwords need, that have few).
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/options.hpp"

namespace tidewire {

inline constexpr std::size_t api_key_bytes_max = 256;

// A key made of these random bytes. REQUIRES: 32 bytes of a good source.
std::string format_api_key(std::string_view random_bytes);

// What the configuration keeps of it.
std::string hash_api_key(std::string_view key);

// A key that somebody has shown. Any thread.
class known_api_key {
 public:
  explicit known_api_key(api_key_options is) : is_(std::move(is)) {}

  const api_key_options& options() const noexcept { return is_; }
  // It holds no more, or other things may be done with it now: what began with it has to end.
  bool withdrawn() const noexcept { return withdrawn_.load(std::memory_order_relaxed); }
  void withdraw() noexcept { withdrawn_.store(true, std::memory_order_relaxed); }

 private:
  const api_key_options is_;
  std::atomic<bool> withdrawn_ = false;
};
using api_key_ptr = std::shared_ptr<const known_api_key>;

// The keys that hold now. Any thread.
class api_key_ring {
 public:
  explicit api_key_ring(const std::vector<api_key_options>& keys) { replace(keys); }

  // From now on these hold, and those that are not among them, exactly as they were, are withdrawn.
  void replace(const std::vector<api_key_options>& keys);

  // Whose key it is; null: nobody's. Looks at all of them, whichever it is.
  api_key_ptr find(std::string_view key) const;

 private:
  using key_list = std::vector<std::shared_ptr<known_api_key>>;

  mutable std::mutex mutex_;
  std::shared_ptr<const key_list> keys_ = std::make_shared<const key_list>();
};

// The same of the keys that these options know.
api_key_ptr find_api_key(const server_options& options, std::string_view key);

}  // namespace tidewire
