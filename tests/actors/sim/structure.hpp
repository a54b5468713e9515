// The actors of one process, for world.cpp and world_checks.cpp.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "tests/actors/sim/broadcaster_part.hpp"
#include "tests/actors/sim/keeper_parts.hpp"
#include "tests/actors/sim/session_part.hpp"
#include "tests/actors/sim/store_parts.hpp"
#include "tests/actors/sim/world.hpp"
#include "tests/actors/sim/world_parts.hpp"

namespace tidewire::test {

// Who owns whom, in the order of their start.
struct sim_world::structure {
  std::unique_ptr<writer_part> writer;
  std::unique_ptr<journal_part> journal;
  std::unique_ptr<journal_part> memory_journal;
  std::vector<std::unique_ptr<reader_part>> readers;
  std::unique_ptr<directory_part> directory;
  std::unique_ptr<rooms_part> rooms;
  std::unique_ptr<expirer_part> expirer;
  std::unique_ptr<expirer_part> memory_expirer;
  std::unique_ptr<presence_part> presence;
  std::unique_ptr<lifecycle_part> lifecycle;
  std::unique_ptr<broadcaster_part> broadcaster;
  std::map<std::uint64_t, std::unique_ptr<session_part>> sessions;  // by connection
  std::vector<std::weak_ptr<connection>> links;                     // closed ones, too
};

}  // namespace tidewire::test
