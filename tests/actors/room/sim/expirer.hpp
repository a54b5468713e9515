// The real expirer_state beside the simulated room: it finds what is due in the store and has the room remove it.
#pragma once

#include <cstdint>
#include <string>

#include "actors/world/expirer_state.hpp"
#include "tests/actors/room/sim/publisher.hpp"
#include "tests/actors/room/sim/world.hpp"

namespace tidewire::test {

class sim_expirer final : private expirer_port {
 public:
  sim_expirer(sim_world& world, sim_counts& counts, const limits& limit) : world_(world), counts_(counts), state_(limit, *this) {}

  void act() { state_.tick(); }
  bool idle() const { return unanswered_ == 0; }

 private:
  std::int64_t now_ms() const override { return world_.clock_ms(); }
  std::int64_t steady_ms() const override { return world_.clock_ms(); }
  void find_due(ticket which, const storage::due_position& after, std::int64_t now_ms, std::size_t limit) override;
  void publish(ticket which, const std::string& room, operation what) override;

  sim_world& world_;
  sim_counts& counts_;
  expirer_state state_;
  std::size_t unanswered_ = 0;
};

}  // namespace tidewire::test
