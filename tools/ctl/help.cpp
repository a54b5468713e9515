#include "tools/ctl/help.hpp"

#include <CLI/CLI.hpp>
#include <string>

namespace tidewire::ctl {

void describe(CLI::App& command, std::string_view more, std::initializer_list<example> examples) {
  std::string text;
  if (!more.empty()) (text += more) += "\n\n";
  text += examples.size() == 1 ? "Example:" : "Examples:";
  for (const auto& each : examples) {
    (text += "\n  tidectl ") += each.command;
    if (!each.does.empty()) (text += "\n      ") += each.does;
  }
  command.footer(text);
}

}  // namespace tidewire::ctl
