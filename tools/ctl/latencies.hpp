// Times that were measured, all of them kept: what a share of them does not exceed.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tidewire::ctl {

class latencies {
 public:
  void add(std::uint64_t us) { all_.push_back(us); }
  void add(const latencies& others) { all_.insert(all_.end(), others.all_.begin(), others.all_.end()); }
  std::size_t count() const noexcept { return all_.size(); }

  // The least value that a share of `quantile` (0 to 1) does not exceed; 0 when there is none.
  std::uint64_t quantile(double quantile) {
    if (all_.empty()) return 0;
    std::sort(all_.begin(), all_.end());
    const auto rank = static_cast<std::size_t>(quantile * static_cast<double>(all_.size()));
    return all_[std::min(rank, all_.size() - 1)];
  }

 private:
  std::vector<std::uint64_t> all_;
};

}  // namespace tidewire::ctl
