// tidectl: the operators' tool.
#include <csignal>

#include "tools/ctl/command_line.hpp"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a reader that goes away is a write that fails
  tidewire::ctl::command_line line;
  return static_cast<int>(line.run(argc, argv));
}
