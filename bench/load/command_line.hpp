// What the user asks for: one scenario and its options.
#pragma once

#include <variant>

#include "bench/load/scenarios/options.hpp"

namespace tidewire::load {

// The options, or the exit code when there is nothing to do any more: help was asked for, or the command line is wrong and that was said.
std::variant<options, int> read_command_line(int argc, const char* const* argv);

}  // namespace tidewire::load
