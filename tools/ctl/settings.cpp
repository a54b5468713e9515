// tidectl passivate, loglevel, config: a room out of memory, what is logged, and what the server runs with.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "schemas/protocol/json_object.hpp"
#include "tools/ctl/commands.hpp"
#include "tools/ctl/config_view.hpp"
#include "tools/ctl/help.hpp"
#include "tools/ctl/json_row.hpp"
#include "tools/ctl/listeners.hpp"
#include "tools/ctl/shown.hpp"
#include "tools/ctl/text_table.hpp"

namespace tidewire::ctl {

namespace {

constexpr auto answer_timeout = std::chrono::seconds(30);
constexpr auto levels_path = "/api/v1/log-levels";

exit_code passivate(const session& with, const std::string& room) {
  admin_listener admin(with, answer_timeout);
  const auto answer = admin.ask({"POST", room_path(room, "/passivate"), "application/json"});
  if (!answer) return with.fail_with(answer.error());
  const bool done = json_row(*answer).flag("passivated");
  with.say(shown(room) + (done ? " has left memory; it comes back when it is used\n" : " stays: it is in use, or was not in memory\n"),
           *answer);
  return exit_code::done;
}

struct level_flags {
  std::string first, second;
};

constexpr auto levels = {"trace", "debug", "info", "warn", "error", "off"};

bool is_level(const std::string& word) { return std::find(levels.begin(), levels.end(), word) != levels.end(); }

// No argument: what they are. One: the level of all. Two: of a component.
exit_code log_level(const session& with, const level_flags& flags) {
  admin_listener admin(with, answer_timeout);
  const auto& level = flags.second.empty() ? flags.first : flags.second;
  if (!level.empty()) {
    if (!is_level(level))
      return with.fail_with({errc::bad_request, level + " is no level: trace, debug, info, warn, error or off"}), exit_code::usage;
    std::string order;
    {
      protocol::json_object body(order);
      if (!flags.second.empty()) body.string("component", flags.first);
      body.string("level", level);
    }
    if (const auto set = admin.ask({"PUT", levels_path, "application/json", order}); !set) return with.fail_with(set.error());
  }
  const auto answer = admin.ask({"GET", levels_path});
  if (!answer) return with.fail_with(answer.error());
  with.say(levels_text(*answer), *answer);
  return exit_code::done;
}

exit_code config(const session& with, const std::string& what) {
  admin_listener admin(with, answer_timeout);
  if (what == "reload") {
    const auto answer = admin.ask({"POST", "/api/v1/config/reload", "application/json"});
    if (!answer) return with.fail_with(answer.error());
    with.say("the configuration is read again\n" + settings_text(*answer), *answer);
    return exit_code::done;
  }
  const auto answer = admin.ask({"GET", what == "diff" ? "/api/v1/config/diff" : "/api/v1/config"});
  if (!answer) return with.fail_with(answer.error());
  with.say(what == "diff" ? differences_text(*answer) : settings_text(*answer), *answer);
  return exit_code::done;
}

}  // namespace

command add_passivate(CLI::App& root, const session& with) {
  const auto room = std::make_shared<std::string>();
  auto* app = root.add_subcommand("passivate", "Have a room leave memory, as if it had long been idle");
  app->add_option("room", *room, "its name")->required();
  describe(*app, "Nothing is lost: it comes back when it is used. A room with changes on their way stays.", {{"passivate sensor:lab", ""}});
  return {app, [room, &with] { return passivate(with, *room); }};
}

command add_loglevel(CLI::App& root, const session& with) {
  const auto flags = std::make_shared<level_flags>();
  auto* app = root.add_subcommand("loglevel", "Show or set what the server logs, until it is started again");
  app->add_option("component", flags->first, "the part that is meant; or the level of all");
  app->add_option("level", flags->second, "trace, debug, info, warn, error, off");
  describe(*app, "", {{"loglevel", "what they are"}, {"loglevel storage debug", "of one part"}, {"loglevel info", "of all"}});
  return {app, [flags, &with] { return log_level(with, *flags); }};
}

command add_config(CLI::App& root, const session& with) {
  auto* app = root.add_subcommand("config", "Show what the server runs with, what its file says otherwise, or have it read the file again");
  app->require_subcommand(1);
  auto* diff = app->add_subcommand("diff", "Say what the file has that is not what runs");
  auto* reload = app->add_subcommand("reload", "Read the file again, as SIGHUP does: what can change without a restart changes");
  auto* display = app->add_subcommand("show", "Say what runs; secrets are left out");
  describe(*display, "", {{"config show", ""}});
  describe(*diff, "", {{"config diff", "before a reload"}});
  describe(*reload, "A file with a fault changes nothing: exit status 1.", {{"config reload", ""}});
  describe(*app, "", {{"config diff", "what a reload or a restart would change"}, {"config reload", ""}});
  return {app, [=, &with] { return config(with, diff->parsed() ? "diff" : reload->parsed() ? "reload" : "show"); }};
}

}  // namespace tidewire::ctl
