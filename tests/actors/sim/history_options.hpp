// Which server a history has, and which faults: small limits, so that each of them bites.
#pragma once

#include <string>
#include <vector>

#include "schemas/options.hpp"
#include "tests/actors/sim/chance.hpp"
#include "tests/actors/sim/faults.hpp"

namespace tidewire::test {

server_options small_server(chance& by);
std::vector<std::string> some_rooms(chance& by);
sim_faults some_faults(chance& by);

}  // namespace tidewire::test
