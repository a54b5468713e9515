// How many connections a server has, and how many of each address, against their limits. Free of threads.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace tidewire::transport {

class connection_count {
 public:
  // A connection's place among those of its address, as long as it is kept.
  using place = std::shared_ptr<void>;

  // `address_max` 0: an address may have any number.
  explicit connection_count(std::size_t max, std::size_t address_max = 0) noexcept : max_(max), addresses_(std::make_shared<addresses>()) {
    addresses_->max = address_max;
  }

  // Nothing: that address has too many. Null: nobody counts.
  std::optional<place> take_place(const std::string& address) {
    if (addresses_->max == 0) return place{};
    const std::lock_guard lock(addresses_->mutex);
    auto& count = addresses_->counts[address];
    if (count >= addresses_->max) {
      ++addresses_->refused;
      return std::nullopt;
    }
    ++count;
    return place(addresses_.get(), [all = addresses_, address](void*) {
      const std::lock_guard leaving(all->mutex);
      const auto found = all->counts.find(address);
      if (--found->second == 0) all->counts.erase(found);
    });
  }
  // Connections that found no place.
  std::uint64_t refused() const {
    const std::lock_guard lock(addresses_->mutex);
    return addresses_->refused;
  }

  // False: the limit is reached.
  bool add() {
    const std::lock_guard lock(mutex_);
    if (now_ >= max_) return false;
    ++now_;
    return true;
  }
  void remove() {
    const std::lock_guard lock(mutex_);
    if (--now_ == 0) none_.notify_all();
  }
  std::size_t now() const {
    const std::lock_guard lock(mutex_);
    return now_;
  }
  // True: there are none now.
  bool wait_none(std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    return none_.wait_for(lock, timeout, [this] { return now_ == 0; });
  }

 private:
  struct addresses {
    std::size_t max = 0;
    std::mutex mutex;
    std::unordered_map<std::string, std::size_t> counts;
    std::uint64_t refused = 0;
  };

  const std::size_t max_;
  const std::shared_ptr<addresses> addresses_;  // places may outlive the count
  mutable std::mutex mutex_;
  std::condition_variable none_;
  std::size_t now_ = 0;
};

}  // namespace tidewire::transport
