// How often a fault strikes: one in so many letters, writes or reads; 0: never. Which histories have which: history_options.cpp.
#pragma once

#include <cstddef>

namespace tidewire::test {

struct sim_faults {
  // An actor dies of a letter.
  std::size_t entity = 0;
  std::size_t room = 0;
  std::size_t rooms = 0;  // the supervisor, and all rooms with it
  std::size_t directory = 0;
  std::size_t journal = 0;
  std::size_t writer = 0;
  std::size_t reader = 0;
  std::size_t broadcaster = 0;
  std::size_t session = 0;
  std::size_t keeper = 0;  // expirer, presence, lifecycle

  std::size_t read = 0;   // fails
  std::size_t write = 0;  // fails, its outcome unknown
  std::size_t disk = 0;   // one in so many actions: the disk stays broken for a while
  std::size_t kill = 0;   // the same: the process ends
  std::size_t power = 0;  // the same: the machine stops
};

}  // namespace tidewire::test
