#include "actors/fanout/broadcaster.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>
#include <utility>

#include "transport/io_threads.hpp"

namespace tidewire {

broadcaster::broadcaster(caf::actor_config& config, transport::io_threads& io, const limits& limit, std::uint64_t start,
                         const compression_options& compression)
    : actor_base(config, {.kind = "broadcaster"}),
      io_(io),
      state_(std::make_unique<broadcaster_state>(static_cast<fanout_port&>(*this), limit, start, compression)) {}

broadcaster::behavior_type broadcaster::make_behavior() {
  return {
      [this](const run_ptr& news) { state_->handle(*news); },
      [this](const attach_ptr& wanted) { state_->handle(*wanted); },
      [this](const resume_ptr& ready) { state_->handle(*ready); },
      [this](const tidewire::detach& leaving) { state_->handle(leaving); },
      [this](const ask_told& question) { state_->handle(question); },
      [this](const reset_audience& lost) { state_->handle(lost); },
      [this](const ask_presence& question) { state_->handle(question); },
      [this](const ask_presence_stats& question) { state_->handle(question); },
      [this](drained_atom) { state_->drained(); },
      [this](tick_atom) { state_->tick(); },
  };
}

std::size_t broadcaster::io_threads() const noexcept { return io_.size(); }

void broadcaster::post(std::size_t thread, std::function<void()> job) { io_.post(thread, std::move(job)); }

// Weak, for a job in the queue of an I/O thread must not keep a dead broadcaster in memory.
std::function<void()> broadcaster::when_drained() {
  return [weak = caf::actor_cast<caf::weak_actor_ptr>(this)] {
    if (const auto strong = weak.lock()) caf::anon_send(caf::actor_cast<broadcaster_actor>(strong), drained_atom::value);
  };
}

std::chrono::steady_clock::time_point broadcaster::now() const noexcept { return clock().now(); }

void broadcaster::wake_at(std::chrono::steady_clock::time_point when) {
  caf::delayed_anon_send(caf::actor_cast<broadcaster_actor>(this), when - now(), tick_atom::value);
}

}  // namespace tidewire
