// tidectl status: how the server is, with what is wrong first.
#include <CLI/CLI.hpp>

#include "tools/ctl/commands.hpp"
#include "tools/ctl/engine_status.hpp"
#include "tools/ctl/help.hpp"

namespace tidewire::ctl {

namespace {

constexpr auto answer_timeout = std::chrono::seconds(10);

exit_code show(const session& with) {
  admin_listener admin(with, answer_timeout);
  const auto status = read_status(admin);
  if (!status) return with.fail_with(status.error());
  with.say(status_text(*status, with.admin), status_json(*status));
  return status->ready ? exit_code_of(assess(*status)) : exit_code::temporary;
}

}  // namespace

command add_status(CLI::App& root, const session& with) {
  auto* app = root.add_subcommand("status", "Say how the server is, with what is wrong first");
  describe(*app,
           "WARN is wrong at this moment, \"note\" is what happened since the start. Exit status: 0 nothing is wrong, 4 something is,\n"
           "3 the server is away or not ready.",
           {{"status", ""}, {"status --json | jq '.findings[]'", "for a monitor"}});
  return {app, [&with] { return show(with); }};
}

}  // namespace tidewire::ctl
