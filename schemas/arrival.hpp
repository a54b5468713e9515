// What a peer has begun to send and nobody has answered yet: the body of a request, a message that is not whole. All of it together is a
// part of the memory budget (limits::requests_bytes_max); a little of it is each connection's own.
#pragma once

#include <cstddef>
#include <memory>

#include "schemas/limit_hits.hpp"
#include "schemas/memory_account.hpp"

namespace tidewire {

// Used by one thread at a time.
class arrival {
 public:
  static constexpr std::size_t own_bytes = 16'384;  // not counted, of each connection

  // It is so much now. False: what others hold leaves no room for it, and nothing has changed. `of` outlives this; null: no bound.
  bool become(memory_account::part* of, std::size_t bytes) {
    if (of == nullptr || (bytes <= own_bytes && !charge_)) return true;
    const auto counted = bytes <= own_bytes ? 0 : bytes;
    const auto before = charge_ ? charge_->bytes() : 0;
    if (exceeds<"requests_bytes_max">(counted > before && of->now() - before >= of->limit)) return false;
    if (!charge_) charge_ = std::make_unique<memory_charge>(*of);
    charge_->become(counted);
    return true;
  }
  void forget() noexcept { charge_.reset(); }

 private:
  std::unique_ptr<memory_charge> charge_;  // null: nothing is counted; most connections never have more than their own
};

}  // namespace tidewire
