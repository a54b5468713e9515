// tidectl: the operators' tool.
#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>
#include <vector>

#include "tools/ctl/commands.hpp"

int main(int argc, char** argv) {
  using namespace tidewire::ctl;
  std::signal(SIGPIPE, SIG_IGN);  // a reader that goes away is a write that fails

  CLI::App app{"tidectl: operates a Tidewire server"};
  app.set_version_flag("--version", "tidectl " TIDEWIRE_VERSION);
  app.require_subcommand(1);
  app.fallthrough();

  session with;
  app.add_option("--admin", with.admin, "address of the operators' listener (default: 127.0.0.1:8001)")->envname("TIDEWIRE_ADMIN");
  app.add_option("--server", with.server, "address of the public listener (default: 127.0.0.1:8000)")->envname("TIDEWIRE_SERVER");
  app.add_option("--token", with.token, "token for the public listener, unless it runs with --dev")->envname("TIDEWIRE_TOKEN");
  app.add_flag("--json", with.json, "say the result as one JSON object");

  std::vector<command> commands;
  for (const auto add : {add_backup, add_restore, add_export, add_import, add_quarantine}) commands.push_back(add(app, with));

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& wrong) {
    return app.exit(wrong) == 0 ? 0 : static_cast<int>(exit_code::usage);
  }
  for (const auto& each : commands)
    if (each.app->parsed()) return static_cast<int>(each.run());
  return static_cast<int>(exit_code::usage);
}
