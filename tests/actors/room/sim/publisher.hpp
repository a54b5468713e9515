// A simulated integration: single changes, batches, version conditions, and idempotent requests that it sends again, at times at once or
// with another payload, until one is acknowledged.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/actors/room/sim/world.hpp"

namespace tidewire::test {

struct sim_counts {
  std::uint64_t requests = 0;  // also their numbers
  std::uint64_t acknowledged = 0;
  std::uint64_t refused = 0;
  std::uint64_t unknown = 0;  // outcome
  std::uint64_t live = 0;     // subscriptions
  std::uint64_t recovered = 0;
  std::uint64_t snapshots = 0;  // pages of state that led to a live map
  std::uint64_t resumed = 0;    // slow ones who were told what they missed
  std::uint64_t resets = 0;     // positions that were too old
  std::uint64_t expired = 0;    // keys
};

class sim_publisher {
 public:
  sim_publisher(chance& by, sim_world& world, sim_counts& counts, std::string name)
      : by_(by), world_(world), counts_(counts), name_(std::move(name)) {}

  void act();
  void no_more() { ending_ = true; }
  bool idle() const { return unanswered_ == 0; }
  bool finished() const { return idle() && unfinished_.empty(); }

 private:
  struct work {
    std::vector<operation> operations;
    bool idempotent = false;
    bool done = false;
  };
  using work_ptr = std::shared_ptr<work>;

  work_ptr invent();
  operation invent_one();
  void send(const work_ptr& what);
  void hear(const work_ptr& what, std::uint64_t number, const result<published>& outcome);

  chance& by_;
  sim_world& world_;
  sim_counts& counts_;
  const std::string name_;
  const std::size_t keys_ = by_.one_in(3) ? 200 : 8;
  std::uint64_t ids_ = 0;
  std::size_t unanswered_ = 0;
  std::vector<work_ptr> unfinished_;  // idempotent, and to be sent again
  bool ending_ = false;
};

}  // namespace tidewire::test
