// What the simulated server keeps, and what a crash leaves of it: a memory store that fails on demand and remembers what it was given, so
// that it can be set back to what was synced. Every change that gets into it is recorded in the truth.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "tests/actors/sim/chance.hpp"
#include "tests/actors/sim/truth.hpp"
#include "tests/support/faulty_store.hpp"

namespace tidewire::test {

class sim_disk final : public faulty_store {
 public:
  // `write_odds`: one write in so many fails, 0: none.
  sim_disk(chance& by, truth& known, const std::size_t* write_odds)
      : faulty_store(storage::make_memory_store()), by_(by), truth_(known), write_odds_(write_odds) {}

  result<void> write(std::span<const storage::append> appends, bool sync) override;
  result<bool> write_at_once(std::span<const storage::append> appends) override;
  result<void> reopen_writes() override;
  result<void> trim(std::string_view room, std::uint64_t first) override;

  // The process has ended, and somebody opens the files. If the machine has stopped with it, what was not synced may be gone, and rooms
  // whose changes need not be synced have a new epoch.
  std::unique_ptr<sim_disk> reopened_after_kill() const;
  std::unique_ptr<sim_disk> reopened_after_power_loss(std::uint64_t boot) const;

  void be_slow(bool now) { slow_ = now; }  // writes that need not wait, wait

 private:
  struct trimmed {
    std::string room;
    std::uint64_t first = 0;
  };
  using entry = std::variant<storage::append, trimmed>;

  void replay(std::span<const entry> log, const std::string& new_epochs);

  chance& by_;
  truth& truth_;
  const std::size_t* write_odds_;
  bool slow_ = false;
  std::vector<entry> log_;
  std::size_t synced_ = 0;  // entries
};

}  // namespace tidewire::test
