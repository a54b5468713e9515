// What is known of an actor that died. No CAF: the state classes speak of it too.
#pragma once

#include <string>

namespace tidewire {

struct crash_report {
  std::string error;      // the exception: its type and what() it says; or why the actor ended otherwise
  std::string backtrace;  // of the place that threw, a line for each frame, innermost first; may be empty
};

}  // namespace tidewire
