// What is counted and limited where clients come in, for all connections together. Any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "schemas/access/token_bucket.hpp"
#include "schemas/errc.hpp"

namespace tidewire {

struct doors {
  rate_table addresses;
  rate_table callers;
  connection_table users;  // connections of the client protocol, by user

  std::atomic<std::size_t> ingests{0};  // streams of changes that are open now

  std::atomic<std::uint64_t> refused_credentials{0};  // missing, wrong or expired
  std::atomic<std::uint64_t> refused_permissions{0};  // good ones that do not suffice
  std::atomic<std::uint64_t> refused_origins{0};      // pages of other origins
  std::atomic<std::uint64_t> refused_users{0};        // connections beyond connections_per_user_max
  std::atomic<std::uint64_t> too_fast_addresses{0};   // requests and connections over [rate_limit.address]
  std::atomic<std::uint64_t> too_fast_callers{0};     // requests over [rate_limit.caller]
  std::atomic<std::uint64_t> too_fast_clients{0};     // commands over [rate_limit.client]
};

inline void count_refusal(doors& at, errc why) {
  if (why == errc::permission_denied) ++at.refused_permissions;
  if (why == errc::unauthorized || why == errc::token_expired) ++at.refused_credentials;
}

}  // namespace tidewire
