// tidectl quarantine: looks at the commands that were set aside, publishes them again or discards them.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <memory>
#include <vector>

#include "schemas/api/uri.hpp"
#include "schemas/json.hpp"
#include "schemas/protocol/json_object.hpp"
#include "tools/ctl/commands.hpp"
#include "tools/ctl/help.hpp"
#include "tools/ctl/listeners.hpp"
#include "tools/ctl/progress.hpp"
#include "tools/ctl/shown.hpp"

namespace tidewire::ctl {

namespace {

constexpr auto answer_timeout = std::chrono::seconds(30);  // a replay waits for its commit, and loads what it changes
constexpr std::string_view base = "/api/v1/quarantine";

struct quarantine_flags {
  std::vector<std::string> ids;
  bool all = false;
  bool yes = false;
};

std::string path_of(std::string_view id) { return std::string(base) + "/" + api::percent_encode(id); }

// One row of the list. Texts are unescaped, so what is not printable in them is replaced when they are shown.
struct row {
  std::string id, time, room, actor, error;
  std::uint64_t tries = 0;
};

row read_row(std::string_view raw) {
  row out;
  const auto members = json_members(raw);
  if (!members) return out;
  for (const auto& [name, value] : *members) {
    const auto text = [&] { return json_string(value).value_or(""); };
    if (name == "id") out.id = text();
    if (name == "time") out.time = text();
    if (name == "room") out.room = text();
    if (name == "actor") out.actor = text();
    if (name == "error") out.error = text();
    if (name == "tries") out.tries = json_unsigned(value).value_or(0);
  }
  return out;
}

// Calls `each` with every record's raw JSON, in the order of time.
result<void> walk(admin_listener& admin, const std::function<void(std::string_view)>& each) {
  std::string cursor;
  for (;;) {
    auto path = std::string(base) + "?limit=1000";
    if (!cursor.empty()) path += "&cursor=" + api::percent_encode(cursor);
    const auto page = admin.ask({"GET", path});
    if (!page) return tl::unexpected(page.error());
    const auto members = json_members(*page);
    if (!members) return tl::unexpected(members.error());
    cursor.clear();
    for (const auto& [name, raw] : *members) {
      if (name == "next_cursor") cursor = json_string(raw).value_or("");
      if (name != "data") continue;
      const auto rows = json_elements(raw);
      if (!rows) return tl::unexpected(rows.error());
      for (const auto record : *rows) each(record);
    }
    if (cursor.empty()) return {};
  }
}

exit_code list(const session& with) {
  admin_listener admin(with, answer_timeout);
  std::string text;
  std::string body;
  std::uint64_t records = 0;
  {
    protocol::json_object object(body);
    protocol::json_array rows(object.name("records"));
    const auto walked = walk(admin, [&](std::string_view raw) {
      rows.item() += raw;
      const auto at = read_row(raw);
      text += at.id + "  " + at.time + "  " + shown(at.room) + "  " + at.actor + " died " + std::to_string(at.tries) +
              " times: " + shown(at.error) + "\n";
      ++records;
    });
    if (!walked) return with.fail_with(walked.error());
  }
  with.say(records == 0 ? "the quarantine is empty\n" : text, body);
  return exit_code::done;
}

exit_code show(const session& with, const quarantine_flags& flags) {
  admin_listener admin(with, answer_timeout);
  const auto record = admin.ask({"GET", path_of(flags.ids.front())});
  if (!record) return with.fail_with(record.error());
  const auto members = json_members(*record);
  if (!members) return with.fail_with(members.error());
  std::string text;
  for (const auto& [name, raw] : *members) {
    const auto elements = kind_of(raw) == json_kind::array ? json_elements(raw).value_or(std::vector<std::string_view>{})
                                                           : std::vector<std::string_view>{raw};
    for (bool first = true; const auto each : elements) {
      char label[32];
      std::snprintf(label, sizeof label, "%-12s ", first ? name.c_str() : "");
      text += label + shown(json_string(each).value_or(std::string(each))) + "\n";
      first = false;
    }
  }
  with.say(text, *record);
  return exit_code::done;
}

// What replay and discard have in common: each of the ids, or of all records, is asked for; what is refused is told, and the others go on.
struct treatment {
  const char* done;  // "replayed"
  std::function<transport::client_request(const std::string& id)> request;
};

exit_code treat(const session& with, const quarantine_flags& flags, const treatment& how) {
  admin_listener admin(with, answer_timeout);
  auto ids = flags.ids;
  if (flags.all)
    if (const auto walked = walk(admin, [&](std::string_view raw) { ids.push_back(read_row(raw).id); }); !walked)
      return with.fail_with(walked.error());
  progress bar(with.shows_progress() && ids.size() > 1);
  std::uint64_t done = 0;
  std::vector<std::pair<std::string, failure>> refused;
  std::string text;
  for (const auto& id : ids) {
    bar.show(done + refused.size(), ids.size(), count_text(done) + " " + how.done);
    auto answer = admin.ask(how.request(id));
    if (!answer) {
      refused.emplace_back(id, std::move(answer.error()));
      continue;
    }
    ++done;
    if (ids.size() == 1) text += id + " " + how.done + "\n";
  }
  bar.clear();
  if (ids.size() == 1 && !refused.empty()) return with.fail_with(refused.front().second);
  std::string body;
  {
    protocol::json_object object(body);
    object.number(how.done, done);
    protocol::json_array rows(object.name("refused"));
    for (const auto& [id, why] : refused) {
      if (!with.json) std::fprintf(stderr, "tidectl: %s: %s\n", id.c_str(), shown(why.detail).c_str());
      protocol::json_object row(rows.item());
      row.string("id", id);
      row.string("type", describe(why.code).slug);
      row.string("detail", why.detail);
    }
  }
  if (ids.size() != 1) text = count_text(done) + " " + how.done + ", " + count_text(refused.size()) + " refused\n";
  with.say(text, body);
  return refused.empty() ? exit_code::done : exit_code::partly;
}

exit_code replay(const session& with, const quarantine_flags& flags) {
  return treat(with, flags, {"replayed", [](const std::string& id) {
                               return transport::client_request{"POST", path_of(id) + "/replay", "application/json", ""};
                             }});
}

exit_code discard(const session& with, const quarantine_flags& flags) {
  if (flags.all && !flags.yes)
    return with.fail_with({errc::bad_request, "discarding every record cannot be undone: say --all --yes"}), exit_code::usage;
  return treat(with, flags, {"discarded", [](const std::string& id) { return transport::client_request{"DELETE", path_of(id)}; }});
}

}  // namespace

command add_quarantine(CLI::App& root, const session& with) {
  const auto flags = std::make_shared<quarantine_flags>();
  auto* app =
      root.add_subcommand("quarantine", "Changes that killed their actor and were set aside: look at them, try them again, discard them");
  app->require_subcommand(1);
  auto* listing = app->add_subcommand("list", "Say which records there are, in the order of time");
  auto* showing = app->add_subcommand("show", "Say all that is known of one: its changes, who sent it, where it was thrown");
  showing->add_option("id", flags->ids, "of the record")->required()->expected(1);
  auto* replaying = app->add_subcommand("replay", "Publish again what was set aside; what is refused stays");
  auto* discarding = app->add_subcommand("discard", "Remove records for good");
  for (auto* each : {replaying, discarding}) {
    auto* ids = each->add_option("id", flags->ids, "of the records");
    auto* all = each->add_flag("--all", flags->all, "every record there is");
    ids->excludes(all);
    each->callback([each, flags] {
      if (flags->ids.empty() && !flags->all) throw CLI::RequiredError(each->get_name() + ": an id, or --all");
    });
  }
  describe(*listing, "", {{"quarantine list", ""}});
  describe(*showing, "", {{"quarantine show 019acd47-8cf1-7d7d-9b57-2ad7cf8b9d54", ""}});
  describe(*replaying, "Exit status 4: some were refused, and stay.", {{"quarantine replay --all", ""}});
  describe(*discarding, "", {{"quarantine discard --all --yes", "cannot be undone"}});
  describe(*app, "What kills its actor twice is set aside, told to its sender, and waits here; nobody else waits.",
           {{"quarantine list", ""}, {"quarantine show 019acd47-8cf1-7d7d-9b57-2ad7cf8b9d54", "look there before you replay"}});
  discarding->add_flag("--yes", flags->yes, "needed with --all");
  return {app, [=, &with] {
            if (showing->parsed()) return show(with, *flags);
            if (replaying->parsed()) return replay(with, *flags);
            if (discarding->parsed()) return discard(with, *flags);
            return listing->parsed() ? list(with) : exit_code::usage;
          }};
}

}  // namespace tidewire::ctl
