// Whether a limit (schemas/limits.hpp) was counted as crossed since this was made.
#pragma once

#include <cstdint>
#include <string_view>

#include "schemas/limit_hits.hpp"

namespace tidewire {

class crossing {
 public:
  explicit crossing(std::string_view limit) : hits_(limit_hits_of(limit)), before_(hits_) {}
  bool counted() const { return hits_ > before_; }

 private:
  const std::atomic<std::uint64_t>& hits_;
  std::uint64_t before_;
};

}  // namespace tidewire
