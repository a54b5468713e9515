// tidectl entities, entity: the state of a room, now or at an earlier moment.
#include <CLI/CLI.hpp>
#include <memory>

#include "schemas/api/uri.hpp"
#include "schemas/protocol/json_object.hpp"
#include "tools/ctl/commands.hpp"
#include "tools/ctl/help.hpp"
#include "tools/ctl/json_row.hpp"
#include "tools/ctl/listeners.hpp"
#include "tools/ctl/progress.hpp"
#include "tools/ctl/shown.hpp"
#include "tools/ctl/text_table.hpp"

namespace tidewire::ctl {

namespace {

constexpr auto answer_timeout = std::chrono::seconds(30);

struct entities_flags {
  std::string room, key, type, source, state, fields, at;
  std::uint64_t limit = 0;
};

exit_code list(const session& with, const entities_flags& flags) {
  room_listener server(with, answer_timeout);
  text_table table{"KEY", ">VERSION", "UPDATED", "DATA"};
  std::string body;
  std::string epoch;
  std::uint64_t offset = 0;
  std::uint64_t found = 0;
  bool more = false;
  {
    protocol::json_object object(body);
    {
      protocol::json_array rows(object.name("entities"));
      listing what{query(room_path(flags.room, "/entities"))};
      what.from.add("at", flags.at).add("fields", flags.fields);
      what.from.add("type", flags.type).add("source", flags.source).add("state", flags.state);
      what.each = [&](std::string_view raw) {
        if (flags.limit > 0 && found == flags.limit) return !(more = true);
        ++found;
        const json_row row(raw);
        if (with.json)
          rows.item() += raw;
        else
          table.add(
              {shown(row.text("key")), count_text(row.number("version")), shown(row.text("updated_at")), shown_json(row.raw("data"))});
        return true;
      };
      what.on_page = [&](std::string_view page) {
        const json_row of(page);
        if (epoch.empty()) epoch = of.text("epoch"), offset = of.number("offset");
      };
      const auto walked = walk([&](auto request) { return server.ask(std::move(request)); }, what);
      if (!walked) return with.fail_with(walked.error());
    }
    object.string("epoch", epoch);
    object.number("offset", offset);
  }
  auto text = table.text(with.columns());
  if (found == 0) text = "no such entities\n";
  if (more) text += "there are more: --limit 0 shows all\n";
  with.say(text, body);
  return exit_code::done;
}

exit_code show(const session& with, const entities_flags& flags) {
  room_listener server(with, answer_timeout);
  query from(room_path(flags.room, "/entities/" + api::percent_encode(flags.key)));
  const auto answer = server.ask({"GET", from.add("at", flags.at).add("fields", flags.fields).target()});
  if (!answer) return with.fail_with(answer.error());
  const json_row row(*answer);
  auto text = fact_line("key", shown(row.text("key"))) + fact_line("version", count_text(row.number("version"))) +
              fact_line("updated", shown(row.text("updated_at")));
  if (row.has("expires_at")) text += fact_line("expires", shown(row.text("expires_at")));
  std::string tags;
  const auto all_tags = row.inner("tags");
  for (const auto& [name, value] : all_tags.members())
    (((tags += tags.empty() ? "" : ", ") += shown(name)) += '=') += shown(text_of(value));
  if (!tags.empty()) text += fact_line("tags", tags);
  text += pretty_json(row.raw("data")) + "\n";
  with.say(text, *answer);
  return exit_code::done;
}

constexpr auto at_help = "an earlier moment: an offset of the room, or a time (RFC 3339)";
constexpr auto fields_help = "only these members of documents: state,attributes.level";

}  // namespace

command add_entities(CLI::App& root, const session& with) {
  const auto flags = std::make_shared<entities_flags>();
  auto* app = root.add_subcommand("entities", "List the entities of a room, in the order of their keys");
  app->add_option("room", flags->room, "its name")->required();
  app->add_option("--type", flags->type, "only those whose document has this type");
  app->add_option("--source", flags->source, "only those of this source");
  app->add_option("--state", flags->state, "only those in this state");
  app->add_option("--fields", flags->fields, fields_help);
  app->add_option("--at", flags->at, at_help);
  app->add_option("--limit", flags->limit, "at most so many; 0 (default): all")->type_name("N");
  describe(*app,
           "On a terminal lines are cut at its width; through a pipe, and with --json, documents are whole.\n"
           "A long listing is read in pages, and each page is of its own moment; with --at all are of that one.",
           {{"entities sensor:lab", ""},
            {"entities sensor:lab --type thermometer --state ok --fields attributes.celsius", "some of them, in part"},
            {"entities sensor:lab --at 2026-11-29T12:00:00Z", "as they were"}});
  return {app, [flags, &with] { return list(with, *flags); }};
}

command add_entity(CLI::App& root, const session& with) {
  const auto flags = std::make_shared<entities_flags>();
  auto* app = root.add_subcommand("entity", "Show one entity: its version, its tags and its document");
  app->add_option("room", flags->room, "its room")->required();
  app->add_option("key", flags->key, "its key")->required();
  app->add_option("--fields", flags->fields, fields_help);
  app->add_option("--at", flags->at, at_help);
  describe(*app, "What can no longer be told of an earlier moment is refused (exit status 1), never guessed.",
           {{"entity sensor:lab t1", ""}, {"entity sensor:lab t1 --at 117 --json", "as it was at offset 117, as JSON"}});
  return {app, [flags, &with] { return show(with, *flags); }};
}

}  // namespace tidewire::ctl
