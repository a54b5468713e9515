// The actor around broadcaster_state. Its jobs run on the I/O threads; when they are through with a run, they send it drained_atom.
#pragma once

#include <cstdint>
#include <memory>

#include "actors/fanout/broadcaster_state.hpp"
#include "actors/interfaces.hpp"
#include "actors/supervision/actor_base.hpp"
#include "schemas/limits.hpp"

namespace tidewire {

namespace transport {
class io_threads;
}

class broadcaster : public actor_base<broadcaster_actor::base>, private fanout_port {
 public:
  // `io` outlives the actor. `start` is that of this incarnation, greater than those of earlier ones.
  broadcaster(caf::actor_config& config, transport::io_threads& io, const limits& limit, std::uint64_t start,
              const compression_options& compression);

  behavior_type make_behavior() override;

 private:
  void drop_state() override { state_.reset(); }

  std::size_t io_threads() const noexcept override;
  void post(std::size_t thread, std::function<void()> job) override;
  std::function<void()> when_drained() override;
  std::chrono::steady_clock::time_point now() const noexcept override;
  void wake_at(std::chrono::steady_clock::time_point when) override;

  transport::io_threads& io_;
  std::unique_ptr<broadcaster_state> state_;
};

}  // namespace tidewire
