// When and how a supervisor starts its children again, as data; the words and their meaning are those of Erlang/OTP.
#pragma once

#include <chrono>
#include <cstdint>

namespace tidewire {

// Which ends of a child are followed by a new start.
enum class restart_kind : std::uint8_t {
  permanent,  // every one
  transient,  // an abnormal one
  temporary,  // none
};

// Who is started again together with the child that ended.
enum class restart_strategy : std::uint8_t {
  one_for_one,   // nobody
  rest_for_one,  // those started after it
  one_for_all,   // everybody
};

struct restart_policy {
  restart_strategy strategy = restart_strategy::one_for_one;

  // More than max_restarts within a period: the supervisor stops its children and exits, which is its parent's problem.
  std::uint32_t max_restarts = 10;
  std::chrono::milliseconds period{10'000};

  // A child's first restart is at once; the next ones wait this long, each twice as long as the one before, up to the maximum. A child
  // that ran for a whole period begins anew.
  std::chrono::milliseconds backoff_initial{10};
  std::chrono::milliseconds backoff_max{2'000};
};

}  // namespace tidewire
