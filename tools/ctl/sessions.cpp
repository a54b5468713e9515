// tidectl sessions, session, kick: who is connected, to what, and how slowly.
#include <CLI/CLI.hpp>
#include <algorithm>
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

struct sessions_flags {
  std::string user, sort;
  std::uint64_t limit = 100;
  bool behind = false;
};

std::string path_of(const std::string& session_id) { return "/api/v1/sessions/" + api::percent_encode(session_id); }

std::string age_text(std::uint64_t ms) {
  const auto s = ms / 1'000;
  if (s < 120) return std::to_string(s) + " s";
  if (s < 7'200) return std::to_string(s / 60) + " min";
  return s < 172'800 ? std::to_string(s / 3'600) + " h" : std::to_string(s / 86'400) + " d";
}

exit_code list(const session& with, const sessions_flags& flags) {
  admin_listener admin(with, answer_timeout);
  text_table table{"SESSION", "USER", "ADDRESS", "PROTOCOL", ">CONNECTED", ">ROOMS", ">QUEUED", ">MISSED"};
  std::string body;
  std::uint64_t found = 0;
  bool more = false;
  {
    protocol::json_object object(body);
    protocol::json_array rows(object.name("sessions"));
    listing what{query("/api/v1/sessions").add("user", flags.user).add("sort", flags.sort).add("behind", flags.behind ? "true" : "")};
    what.page_rows = flags.limit == 0 ? 1'000 : std::min<std::uint64_t>(flags.limit, 1'000);
    what.each = [&](std::string_view raw) {
      if (flags.limit > 0 && found == flags.limit) return !(more = true);
      ++found;
      const json_row row(raw);
      rows.item() += raw;
      table.add({shown(row.text("session")), shown(row.text("user")), shown(row.text("address")), shown(row.text("protocol")),
                 age_text(row.number("connected_ms")), count_text(row.number("subscriptions")), bytes_text(row.number("queued_bytes")),
                 count_text(row.number("missed"))});
      return true;
    };
    const auto walked = walk([&](auto request) { return admin.ask(std::move(request)); }, what);
    if (!walked) return with.fail_with(walked.error());
  }
  auto text =
      found == 0 ? std::string(flags.behind ? "nobody misses anything now\n" : "nobody is connected\n") : table.text(with.columns());
  if (more) text += "there are more: --limit 0 shows all\n";
  with.say(text, body);
  return exit_code::done;
}

exit_code show(const session& with, const std::string& id) {
  admin_listener admin(with, answer_timeout);
  const auto answer = admin.ask({"GET", path_of(id)});
  if (!answer) return with.fail_with(answer.error());
  const json_row row(*answer);
  auto text = fact_line("session", shown(row.text("session"))) + fact_line("user", shown(row.text("user"))) +
              fact_line("address", shown(row.text("address"))) + fact_line("protocol", shown(row.text("protocol"))) +
              fact_line("connected", age_text(row.number("connected_ms"))) + fact_line("queued", bytes_text(row.number("queued_bytes"))) +
              fact_line("missed", count_text(row.number("missed")));
  text_table rooms{"ROOM", "KIND", "POLICY", "BEHIND"};
  for (const auto raw : row.list("rooms")) {
    const json_row room(raw);
    rooms.add({shown(room.text("room")), shown(room.text("kind")), shown(room.text("policy")), room.flag("behind") ? "behind" : ""});
  }
  text += rooms.rows() == 0 ? "no subscriptions\n" : "\n" + rooms.text(with.columns());
  with.say(text, *answer);
  return exit_code::done;
}

exit_code kick(const session& with, const std::string& id) {
  admin_listener admin(with, answer_timeout);
  const auto answer = admin.ask({"DELETE", path_of(id)});
  if (!answer) return with.fail_with(answer.error());
  std::string body;
  {
    protocol::json_object object(body);
    object.string("kicked", id);
  }
  with.say(shown(id) + " is disconnected\n", body);
  return exit_code::done;
}

}  // namespace

command add_sessions(CLI::App& root, const session& with) {
  const auto flags = std::make_shared<sessions_flags>();
  auto* app = root.add_subcommand("sessions", "List the connections of clients");
  app->add_option("--user", flags->user, "only those of this user");
  app->add_option("--sort", flags->sort, "the greatest first")->check(CLI::IsMember({"queued", "missed", "age", "subscriptions"}));
  app->add_flag("--behind", flags->behind, "only those that miss something now; quick, however many there are");
  app->add_option("--limit", flags->limit, "at most so many; 0: all (default: 100)")->type_name("N");
  describe(*app, "queued waits for the client to take it; missed is what it did without, until it was made up for.",
           {{"sessions --behind", "who is too slow"},
            {"sessions --sort queued --limit 10", "whom most waits for"},
            {"sessions --user ann --json", ""}});
  return {app, [flags, &with] { return list(with, *flags); }};
}

command add_session(CLI::App& root, const session& with) {
  const auto id = std::make_shared<std::string>();
  auto* app = root.add_subcommand("session", "Show one connection and its subscriptions");
  app->add_option("id", *id, "as `tidectl sessions` tells it")->required();
  describe(*app, "", {{"session 4f2c9a", ""}});
  return {app, [id, &with] { return show(with, *id); }};
}

command add_kick(CLI::App& root, const session& with) {
  const auto id = std::make_shared<std::string>();
  auto* app = root.add_subcommand("kick", "End the connection of a client");
  app->add_option("session", *id, "as `tidectl sessions` tells it")->required();
  describe(*app, "An SDK may come back by itself: whoever must stay out has to lose the token.", {{"kick 4f2c9a", ""}});
  return {app, [id, &with] { return kick(with, *id); }};
}

}  // namespace tidewire::ctl
