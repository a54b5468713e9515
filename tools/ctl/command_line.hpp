// The whole command line: every command and option. Also what the completion of shells is made of.
#pragma once

#include <CLI/App.hpp>
#include <string>
#include <vector>

#include "tools/ctl/session.hpp"

namespace tidewire::ctl {

class command_line {
 public:
  command_line();
  command_line(const command_line&) = delete;
  command_line& operator=(const command_line&) = delete;

  // Parses and runs.
  exit_code run(int argc, const char* const* argv);

  CLI::App& app() noexcept { return app_; }

 private:
  // Which listener is meant, after parsing (listeners.hpp).
  void choose_listener(int argc, const char* const* argv);

  CLI::App app_;
  session with_;
  std::vector<command> commands_;
};

}  // namespace tidewire::ctl
