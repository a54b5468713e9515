// What happens, told on the standard output while one history is replayed.
#pragma once

#include <iostream>
#include <string_view>

namespace tidewire::test {

inline bool tracing = false;  // TIDEWIRE_SIM_TRACE

template <class... Parts>
void trace(const Parts&... parts) {
  if (!tracing) return;
  (std::cout << ... << parts) << '\n';
}

}  // namespace tidewire::test
