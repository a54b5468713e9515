// The ledgers of all rooms.
#pragma once

#include <map>
#include <string>

#include "tests/actors/sim/chance.hpp"
#include "tests/actors/sim/ledger.hpp"

namespace tidewire::test {

class truth {
 public:
  explicit truth(const server_options& options) : options_(options) {}

  ledger& of(const std::string& room) { return rooms_.try_emplace(room, options_.limit, options_of(options_, room)).first->second; }
  const std::map<std::string, ledger>& rooms() const noexcept { return rooms_; }

  // A store was given that, and has it.
  void record(const storage::append& changes) { of(changes.room).record(changes); }

  // The process has ended, and that is what the next one finds.
  void survive(const storage::store& disk, bool power_lost) {
    for (auto& [name, each] : rooms_) {
      const bool forgotten = each.options().kept == durability::memory;
      each.cut_to(forgotten ? storage::room_record{} : disk.room(name).value().value_or(storage::room_record{}), power_lost);
    }
  }

 private:
  const server_options& options_;
  std::map<std::string, ledger> rooms_;
};

}  // namespace tidewire::test
