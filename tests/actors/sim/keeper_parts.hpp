// Those who look after what others forget, as actors/world, actors/presence and actors/lifecycle have them.
#pragma once

#include <cstdint>
#include <string>

#include "actors/lifecycle/lifecycle_state.hpp"
#include "actors/presence/presence_state.hpp"
#include "actors/world/expirer_state.hpp"
#include "tests/actors/sim/process.hpp"

namespace tidewire::test {

class expirer_part final : public part, private expirer_port {
 public:
  expirer_part(process& in, sim_disk& store);

 private:
  void tick();
  std::int64_t now_ms() const override { return office().now_ms(); }
  std::int64_t steady_ms() const override { return office().now_ms(); }
  void find_due(ticket which, const storage::due_position& after, std::int64_t now_ms, std::size_t limit) override;
  void publish(ticket which, const std::string& room, operation what) override;

  sim_disk& store_;
  expirer_state state_;
};

class presence_part final : public part, private presence_port {
 public:
  explicit presence_part(process& in);

  void handle(const presence_news& news);
  // There is a broadcaster.
  void on_broadcaster();
  std::size_t size() const noexcept { return state_.size(); }

 private:
  std::int64_t steady_ms() const override { return office().now_ms(); }
  void tick_after(std::uint32_t ms) override;
  void publish(ticket which, const std::string& room, publish_request request) override;
  void read_states(ticket which, const std::string& prefix, const std::string& after_room, const std::string& after_key) override;
  void say_left(const std::string& room, const client_info& who) override;

  presence_state state_;
};

class lifecycle_part final : public part, private lifecycle_port {
 public:
  explicit lifecycle_part(process& in)
      : part(in, &in.around.faults.keeper),
        state_("start-" + std::to_string(++in.around.epochs), static_cast<lifecycle_port&>(*this), in.limit().dedupe_in_flight_max) {
    if (!in.options().lifecycle) return;
    in.start_told ? state_.tell_lost() : state_.tell_start(in.run, storage::last_stop::none);
  }

  void handle(const lifecycle_event& event) { state_.handle(event); }

 private:
  void publish(ticket which, const std::string& room, publish_request request) override;
  void wake_after(std::uint32_t ms) override;
  void note_start_told() override { in_.start_told = true; }

  lifecycle_state state_;
};

}  // namespace tidewire::test
