// The broadcaster, as actors/fanout has it: the real broadcaster_state, whose jobs run on simulated I/O threads.
#pragma once

#include <functional>
#include <string>

#include "actors/fanout/broadcaster_state.hpp"
#include "tests/actors/sim/process.hpp"

namespace tidewire::test {

class broadcaster_part final : public part, private fanout_port {
 public:
  broadcaster_part(process& in, std::uint64_t start)
      : part(in, &in.around.faults.broadcaster),
        start_(start),
        state_(static_cast<fanout_port&>(*this), in.limit(), start, compression_options{}) {}

  template <class Message>
  void handle(const Message& what) {
    const auto resumed_before = state_.statistics().resumes;
    state_.handle(what);
    in_.around.resumed += state_.statistics().resumes - resumed_before;
    check_bounds();
  }
  fanout_statistics statistics() const noexcept { return state_.statistics(); }

 private:
  void check_bounds() const;

  std::size_t io_threads() const noexcept override { return in_.io.size(); }
  void post(std::size_t thread, std::function<void()> job) override;
  std::function<void()> when_drained() override;
  std::uint64_t next_channel() override { return in_.next_number(); }
  void read_states(ticket which, const std::string& pattern, const std::string& after_room, const std::string& after_key,
                   storage::page_limit limit) override;
  void ask_when_told() override;
  void note_occupied(const std::string& room, bool occupied) override;
  void note_presence(const std::string& room, const client_info& who, bool left) override;
  void note_told(const std::string&, std::size_t, std::size_t) override {}
  std::chrono::steady_clock::time_point now() const noexcept override;
  void wake_at(std::chrono::steady_clock::time_point when) override;

  const std::uint64_t start_;
  broadcaster_state state_;
};

}  // namespace tidewire::test
