// tidectl tree, restart: the supervision tree, and one of its actors begun anew.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "schemas/protocol/json_object.hpp"
#include "tools/ctl/commands.hpp"
#include "tools/ctl/help.hpp"
#include "tools/ctl/interrupts.hpp"
#include "tools/ctl/json_row.hpp"
#include "tools/ctl/listeners.hpp"
#include "tools/ctl/shown.hpp"
#include "tools/ctl/tree_view.hpp"

namespace tidewire::ctl {

namespace {

constexpr auto answer_timeout = std::chrono::seconds(30);

struct tree_flags {
  std::uint64_t limit = 20;
  bool watch = false;
  double interval_s = 1;
};

exit_code show(const session& with, const tree_flags& flags) {
  admin_listener admin(with, answer_timeout);
  const interrupts signals;
  const auto pause = std::chrono::milliseconds(static_cast<std::int64_t>(flags.interval_s * 1'000));
  const bool clears = flags.watch && !with.json && ::isatty(STDOUT_FILENO) == 1;
  do {
    const auto tree = admin.ask({"GET", query("/api/v1/tree").add("limit", std::to_string(flags.limit)).target()});
    if (!tree) return with.fail_with(tree.error());
    with.say((clears ? "\x1b[H\x1b[J" : "") + tree_text(*tree), *tree);
  } while (flags.watch && !signals.wait_for(pause));
  return exit_code::done;
}

struct restart_flags {
  std::string actor, supervisor;
};

exit_code restart(const session& with, const restart_flags& flags) {
  admin_listener admin(with, answer_timeout);
  std::string order;
  {
    protocol::json_object body(order);
    body.string_unless_empty("supervisor", flags.supervisor);
    body.string("id", flags.actor);
  }
  const auto answer = admin.ask({"POST", "/api/v1/tree/restart", "application/json", order});
  if (!answer) return with.fail_with(answer.error());
  with.say(shown(flags.actor) + " is started again, as actor " + std::to_string(json_row(*answer).number("actor")) + "\n", *answer);
  return exit_code::done;
}

}  // namespace

command add_tree(CLI::App& root, const session& with) {
  const auto flags = std::make_shared<tree_flags>();
  auto* app = root.add_subcommand("tree", "Show the supervision tree: what runs, what was started again");
  app->add_option("--limit", flags->limit, "children that are shown of each supervisor (default: 20)")->type_name("N");
  app->add_flag("--watch", flags->watch, "again and again, until Ctrl-C; with --json a line each time");
  app->add_option("--interval", flags->interval_s, "seconds between two looks (default: 1)")
      ->check(CLI::Range(0.1, 3'600.0))
      ->type_name("S");
  describe(*app,
           "A phase in capitals is not \"running\". The number behind # is that of the actor; a new one means that it was started again.",
           {{"tree", ""}, {"tree --watch --interval 0.5", "watch it heal"}});
  return {app, [flags, &with] { return show(with, *flags); }};
}

command add_restart(CLI::App& root, const session& with) {
  const auto flags = std::make_shared<restart_flags>();
  auto* app = root.add_subcommand("restart", "Stop an actor and start it again, from what is committed");
  app->add_option("actor", flags->actor, "its id in the tree; of a room, its name")->required();
  app->add_option("--supervisor", flags->supervisor, "whose child it is, where that is not clear: rooms");
  describe(*app, "What it had on its way is answered with an error, as after a crash; nothing that was acknowledged is lost.",
           {{"restart broadcaster", ""}, {"restart sensor:lab --supervisor rooms", "a room"}});
  return {app, [flags, &with] { return restart(with, *flags); }};
}

}  // namespace tidewire::ctl
