// tidectl rooms, room, presence: which rooms there are, where they stand, and who is in them.
#include <CLI/CLI.hpp>
#include <memory>

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

struct rooms_flags {
  std::string prefix;
  std::uint64_t limit = 0;
};

exit_code list(const session& with, const rooms_flags& flags) {
  room_listener server(with, answer_timeout);
  text_table table{"ROOM", ">OFFSET", ">ENTITIES", "EPOCH"};
  std::string body;
  std::uint64_t found = 0;
  bool more = false;
  {
    protocol::json_object object(body);
    protocol::json_array rows(object.name("rooms"));
    const auto each = [&](std::string_view raw) {
      if (flags.limit > 0 && found == flags.limit) return !(more = true);
      ++found;
      const json_row row(raw);
      if (with.json)
        rows.item() += raw;
      else
        table.add({shown(row.text("room")), count_text(row.number("offset")),
                   row.has("entities") ? count_text(row.number("entities")) : "–", shown(row.text("epoch"))});
      return true;
    };
    const auto walked = walk([&](auto request) { return server.ask(std::move(request)); },
                             {query("/api/v1/rooms").add("prefix", flags.prefix), 1'000, each});
    if (!walked) return with.fail_with(walked.error());
  }
  auto text = table.text(with.columns());
  if (found == 0) text = flags.prefix.empty() ? "there are no rooms\n" : "there are no rooms whose name begins so\n";
  if (more) text += "there are more: --limit 0 shows all\n";
  with.say(text, body);
  return exit_code::done;
}

exit_code show(const session& with, const std::string& room) {
  room_listener server(with, answer_timeout);
  const auto answer = server.ask({"GET", room_path(room)});
  if (!answer) return with.fail_with(answer.error());
  const json_row row(*answer);
  auto text = fact_line("room", shown(row.text("room"))) + fact_line("offset", count_text(row.number("offset"))) +
              fact_line("epoch", shown(row.text("epoch")));
  if (row.has("entities")) text += fact_line("entities", count_text(row.number("entities")));
  if (row.has("subscribers")) text += fact_line("subscribers", count_text(row.number("subscribers")));
  with.say(text, *answer);
  return exit_code::done;
}

exit_code present(const session& with, const std::string& room) {
  room_listener server(with, answer_timeout);
  const auto answer = server.ask({"GET", room_path(room, "/presence")});
  if (!answer) return with.fail_with(answer.error());
  const auto raw_rows = json_row(*answer).list("data");
  text_table table{"CLIENT", "USER", "INFO"};
  std::string body;
  {
    protocol::json_object object(body);
    protocol::json_array rows(object.name("clients"));
    for (const auto raw : raw_rows) {
      rows.item() += raw;
      const json_row row(raw);
      table.add({shown(row.text("client")), shown(row.text("user")), shown(row.text("conn_info"))});
    }
  }
  with.say(raw_rows.empty() ? "nobody is subscribed\n" : table.text(with.columns()), body);
  return exit_code::done;
}

}  // namespace

command add_rooms(CLI::App& root, const session& with) {
  const auto flags = std::make_shared<rooms_flags>();
  auto* app = root.add_subcommand("rooms", "List the rooms, in the order of their names");
  app->add_option("prefix", flags->prefix, "only rooms whose name begins so");
  app->add_option("--limit", flags->limit, "at most so many; 0 (default): all")->type_name("N");
  describe(*app, "A room is listed from its first change on until it is forgotten (room_ttl).",
           {{"rooms", "all of them"}, {"rooms sensor: --limit 20 --json", "the first twenty of a namespace, as JSON"}});
  return {app, [flags, &with] { return list(with, *flags); }};
}

command add_room(CLI::App& root, const session& with) {
  const auto room = std::make_shared<std::string>();
  auto* app = root.add_subcommand("room", "Say where a room stands, and how many watch it");
  app->add_option("room", *room, "its name")->required();
  describe(*app, "", {{"room sensor:lab", ""}});
  return {app, [room, &with] { return show(with, *room); }};
}

command add_presence(CLI::App& root, const session& with) {
  const auto room = std::make_shared<std::string>();
  auto* app = root.add_subcommand("presence", "Say who is subscribed to a room right now");
  app->add_option("room", *room, "its name")->required();
  describe(*app, "Each connection is a row. Namespaces with presence = false tell nobody: exit status 1.", {{"presence sensor:lab", ""}});
  return {app, [room, &with] { return present(with, *room); }};
}

}  // namespace tidewire::ctl
