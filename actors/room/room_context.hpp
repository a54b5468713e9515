// What the parts of one room share: who it is, its options, and where its stream stands.
#pragma once

#include <cstdint>
#include <string>

#include "actors/room/room_port.hpp"
#include "schemas/memory_account.hpp"
#include "schemas/options.hpp"

namespace tidewire {

struct room_context {
  std::string name;
  const namespace_options& options;
  const limits& limit;
  memory_account& held;  // of the whole engine
  room_port& port;

  std::string epoch;                                    // empty until the first change is committed
  std::string given_epoch;                              // of the offsets given: that one, once it is there
  std::uint64_t top = 0;                                // committed and told
  std::uint64_t first = 1;                              // lowest offset that the stream still holds
  std::size_t uncommitted_slots = 0;                    // ordered, but not answered yet
  std::size_t uncommitted_bytes = 0;                    // what these hold
  memory_charge in_flight{held[memory_part::changes]};  // what all changes hold until they are answered
  std::uint64_t told_bytes = 0;                         // what was told since the start
  ticket last_ticket = 0;

  ticket next_ticket() { return ++last_ticket; }

  // After it has let go of its own: the others have to, too.
  void press() {
    if (held.presses() && held.ask_for_relief()) port.ask_for_relief();
  }
};

}  // namespace tidewire
