#include "tools/ctl/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "tools/ctl/commands.hpp"
#include "tools/ctl/help.hpp"

namespace tidewire::ctl {

namespace {

bool is_given(int argc, const char* const* argv, std::string_view option) {
  return std::any_of(argv + 1, argv + argc, [&](std::string_view each) {
    return each == option || (each.starts_with(option) && each.substr(option.size()).starts_with('='));
  });
}

bool is_set(const char* variable) {
  const char* const value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

}  // namespace

command_line::command_line() : app_("tidectl: operates a Tidewire server", "tidectl") {
  app_.set_version_flag("--version", "tidectl " TIDEWIRE_VERSION);
  app_.require_subcommand(1);
  app_.fallthrough();
  app_.add_option("--admin", with_.admin, "address of the operators' listener, or unix:PATH (default: 127.0.0.1:8001)")
      ->envname("TIDEWIRE_ADMIN")
      ->type_name("HOST:PORT");
  app_.add_option("--admin-token", with_.admin_token, "token for the operators' listener, if it wants one")
      ->envname("TIDEWIRE_ADMIN_TOKEN")
      ->type_name("TOKEN");
  app_.add_option("--server", with_.server, "address of the public listener (default: 127.0.0.1:8000)")
      ->envname("TIDEWIRE_SERVER")
      ->type_name("HOST:PORT");
  app_.add_option("--token", with_.token, "token for the public listener, unless it runs with --dev")
      ->envname("TIDEWIRE_TOKEN")
      ->type_name("TOKEN");
  app_.add_flag("--json", with_.json, "say the result as one JSON object");

  for (const auto add : all_commands) commands_.push_back(add(app_, with_));
  describe(
      app_,
      "Options stand before or behind the command. Exit status: 0 done; 1 refused or gone wrong; 2 wrong command line; 3 the server is\n"
      "away or busy, try again; 4 done, but for what was reported. tidectl COMMAND --help says more, with examples.",
      {{"status", "what is wrong, first"},
       {"tail sensor:lab", "a room, live"},
       {"completion bash > /etc/bash_completion.d/tidectl", "completes commands and options"}});
}

exit_code command_line::run(int argc, const char* const* argv) {
  try {
    app_.parse(argc, argv);
  } catch (const CLI::ParseError& wrong) {
    return app_.exit(wrong) == 0 ? exit_code::done : exit_code::usage;
  }
  choose_listener(argc, argv);
  for (const auto& each : commands_)
    if (each.app->parsed()) return each.run();
  return exit_code::usage;
}

void command_line::choose_listener(int argc, const char* const* argv) {
  const bool server = is_given(argc, argv, "--server");
  const bool admin = is_given(argc, argv, "--admin");
  const bool named = server || admin;
  with_.public_only = !with_.token.empty() || (named ? server && !admin : is_set("TIDEWIRE_SERVER") && !is_set("TIDEWIRE_ADMIN"));
}

}  // namespace tidewire::ctl
