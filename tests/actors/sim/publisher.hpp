// A simulated integration: single changes, batches, version conditions, and idempotent requests that it sends again, at times at once or
// with another payload, until one is acknowledged.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "actors/messages.hpp"
#include "tests/actors/sim/chance.hpp"
#include "tests/actors/sim/counts.hpp"

namespace tidewire::test {

class sim_world;

class sim_publisher {
 public:
  sim_publisher(sim_world& world, sim_counts& counts, std::string name);

  void act();
  void no_more() { ending_ = true; }
  bool idle() const { return unanswered_ == 0; }
  bool finished() const { return idle() && unfinished_.empty(); }

 private:
  struct work {
    std::string room;
    std::vector<operation> operations;
    bool idempotent = false;
    bool done = false;
  };
  using work_ptr = std::shared_ptr<work>;

  work_ptr invent();
  operation invent_one(const std::string& room);
  void send(const work_ptr& what);
  void hear(const work_ptr& what, std::uint64_t number, const result<published>& outcome);

  sim_world& world_;
  chance& by_;
  sim_counts& counts_;
  const std::string name_;
  const std::size_t keys_;  // so many
  std::uint64_t ids_ = 0;
  std::size_t unanswered_ = 0;
  std::vector<work_ptr> unfinished_;  // idempotent, and to be sent again
  bool ending_ = false;
};

}  // namespace tidewire::test
