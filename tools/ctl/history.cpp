// tidectl history: the publications of a room that are kept.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <optional>

#include "schemas/protocol/json_object.hpp"
#include "tools/ctl/commands.hpp"
#include "tools/ctl/help.hpp"
#include "tools/ctl/json_row.hpp"
#include "tools/ctl/listeners.hpp"
#include "tools/ctl/publication_line.hpp"
#include "tools/ctl/shown.hpp"

namespace tidewire::ctl {

namespace {

constexpr auto answer_timeout = std::chrono::seconds(30);
constexpr std::uint64_t page_rows_max = 1'000;

struct history_flags {
  std::string room, fields;
  std::optional<std::uint64_t> since;
  std::uint64_t limit = 20;
};

exit_code show(const session& with, const history_flags& flags) {
  room_listener server(with, answer_timeout);
  const bool newest = !flags.since;
  std::vector<std::string> found;
  std::string epoch;
  std::uint64_t offset = 0;
  listing what{query(room_path(flags.room, "/history"))};
  if (newest)
    what.from.add("reverse", "true");
  else
    what.from.add("since", std::to_string(*flags.since));
  what.from.add("fields", flags.fields);
  what.page_rows = flags.limit == 0 ? page_rows_max : std::min(flags.limit, page_rows_max);
  what.each = [&](std::string_view raw) {
    found.emplace_back(raw);
    return flags.limit == 0 || found.size() < flags.limit;
  };
  what.on_page = [&](std::string_view page) {
    const json_row of(page);
    if (epoch.empty()) epoch = of.text("epoch"), offset = of.number("offset");
  };
  const auto walked = walk([&](auto request) { return server.ask(std::move(request)); }, what);
  if (!walked) return with.fail_with(walked.error());
  if (newest) std::reverse(found.begin(), found.end());

  std::string text;
  std::string body;
  {
    protocol::json_object object(body);
    {
      protocol::json_array rows(object.name("publications"));
      for (const auto& raw : found) {
        if (with.json)
          rows.item() += raw;
        else
          (text += cut_to(publication_line(raw), with.columns() == 0 ? std::string::npos : with.columns())) += '\n';
      }
    }
    object.string("epoch", epoch);
    object.number("offset", offset);
  }
  with.say(found.empty() ? "no publications are kept there\n" : text, body);
  return exit_code::done;
}

}  // namespace

command add_history(CLI::App& root, const session& with) {
  const auto flags = std::make_shared<history_flags>();
  auto* app = root.add_subcommand("history", "Show publications of a room, the newest last");
  app->add_option("room", flags->room, "its name")->required();
  app->add_option("--since", flags->since, "those after this offset (default: the newest)")->type_name("OFFSET");
  app->add_option("--limit", flags->limit, "at most so many; 0: all that are kept (default: 20)")->type_name("N");
  app->add_option("--fields", flags->fields, "only these members of documents: state,attributes.level");
  describe(
      *app, "How many are kept says the namespace: history_size and history_ttl.",
      {{"history sensor:lab", "the last twenty"}, {"history sensor:lab --since 100 --limit 0 --json", "all after offset 100, as JSON"}});
  return {app, [flags, &with] { return show(with, *flags); }};
}

}  // namespace tidewire::ctl
