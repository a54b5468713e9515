// tidectl backup: has the server make one, or looks at those that are there.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <thread>

#include "schemas/json.hpp"
#include "schemas/protocol/json_object.hpp"
#include "schemas/rfc3339.hpp"
#include "storage/backup.hpp"
#include "tools/ctl/commands.hpp"
#include "tools/ctl/help.hpp"
#include "tools/ctl/listeners.hpp"
#include "tools/ctl/progress.hpp"

namespace tidewire::ctl {

namespace {

using namespace std::chrono_literals;

constexpr auto poll_pause = 200ms;
constexpr auto answer_timeout = 10s;
constexpr std::uint64_t mib = 1'048'576;

struct backup_flags {
  std::string directory;
  bool list = false;
  bool verify = false;
  std::uint32_t id = 0;
  std::uint32_t keep = 0;
  std::optional<std::uint32_t> rate_mib;
};

std::string time_text(std::int64_t time_s) {
  std::string text;
  append_rfc3339(text, time_s * 1000);
  return text;
}

void write_record(std::string& out, const storage::backup_record& record) {
  protocol::json_object row(out);
  row.number("id", record.id);
  row.string("time", time_text(record.time_s));
  row.number("bytes", record.bytes);
  row.number("files", record.files);
}

exit_code list(const session& with, const backup_flags& flags) {
  const auto all = storage::list_backups(flags.directory);
  if (!all) return with.fail_with(all.error());
  std::string text;
  std::string body;
  {
    protocol::json_object object(body);
    protocol::json_array rows(object.name("backups"));
    for (const auto& each : *all) {
      char line[128];
      std::snprintf(line, sizeof line, "%6u  %s  %12s  %4u files\n", each.id, time_text(each.time_s).c_str(),
                    bytes_text(each.bytes).c_str(), each.files);
      text += line;
      write_record(rows.item(), each);
    }
  }
  with.say(text.empty() ? "no backups in " + flags.directory + "\n" : text, body);
  return exit_code::done;
}

exit_code verify(const session& with, const backup_flags& flags) {
  const auto whole = storage::verify_backup(flags.directory, flags.id);
  if (!whole) return with.fail_with(whole.error());
  std::string body;
  {
    protocol::json_object object(body);
    write_record(object.name("verified"), *whole);
  }
  with.say(
      "backup " + std::to_string(whole->id) + " is whole: " + bytes_text(whole->bytes) + " in " + std::to_string(whole->files) + " files\n",
      body);
  return exit_code::done;
}

// How a backup is going, as the server tells it.
struct report {
  std::uint64_t job = 0;
  std::string state;
  std::uint64_t copied = 0;
  std::uint64_t database = 0;
  std::string made;  // raw
  std::uint64_t id = 0;
  std::uint64_t bytes = 0;
  failure why;
};

report read_report(std::string_view body) {
  report out;
  const auto members = json_members(body);
  if (!members) return out;
  for (const auto& [name, raw] : *members) {
    if (name == "job") out.job = json_unsigned(raw).value_or(0);
    if (name == "state") out.state = json_string(raw).value_or("");
    if (name == "copied_bytes") out.copied = json_unsigned(raw).value_or(0);
    if (name == "database_bytes") out.database = json_unsigned(raw).value_or(0);
    if (name == "backup") out.made = raw;
    if (name == "problem") out.why = read_problem(raw, 500);
  }
  if (const auto made = json_members(out.made); made)
    for (const auto& [name, raw] : *made) {
      if (name == "id") out.id = json_unsigned(raw).value_or(0);
      if (name == "bytes") out.bytes = json_unsigned(raw).value_or(0);
    }
  return out;
}

exit_code make(const session& with, const backup_flags& flags) {
  std::string order;
  {
    protocol::json_object body(order);
    body.string("directory", std::filesystem::absolute(flags.directory).lexically_normal().string());
    body.number_unless_zero("keep", flags.keep);
    if (flags.rate_mib) body.number("bytes_per_s", *flags.rate_mib * mib);
  }
  admin_listener admin(with, answer_timeout);
  auto answer = admin.ask({"POST", "/api/v1/backups", "application/json", order});
  progress bar(with.shows_progress());
  std::uint64_t job = 0;
  for (;;) {
    if (!answer) return bar.clear(), with.fail_with(answer.error());
    const auto now = read_report(*answer);
    if (job == 0) job = now.job;
    if (now.job != job) return with.fail_with({errc::unavailable, "the server has begun another backup meanwhile: look at its log"});
    if (now.state == "failed") return bar.clear(), with.fail_with(now.why);
    if (now.state == "done") {
      bar.clear();
      with.say("backup " + std::to_string(now.id) + ": " + bytes_text(now.bytes) + ", of which " + bytes_text(now.copied) + " were new\n",
               R"({"backup":)" + now.made + "}");
      return exit_code::done;
    }
    if (now.state != "running")
      return with.fail_with({errc::unavailable, "the server was started again and has given up the backup: try again"});
    bar.show(now.copied, now.database, bytes_text(now.copied) + " copied, the database has " + bytes_text(now.database));
    std::this_thread::sleep_for(poll_pause);
    answer = admin.ask({"GET", "/api/v1/backups"});
  }
}

}  // namespace

command add_backup(CLI::App& root, const session& with) {
  const auto flags = std::make_shared<backup_flags>();
  auto* app = root.add_subcommand("backup", "Back up the running server into a directory on its machine, or look at what is there");
  app->add_option("directory", flags->directory, "of the backups; made if absent")->required();
  auto* listing = app->add_flag("--list", flags->list, "say which backups there are; needs no server");
  auto* verifying = app->add_flag("--verify", flags->verify, "read a backup and compare its checksums; needs no server")->excludes(listing);
  app->add_option("--id", flags->id, "which one to verify (default: the newest)")->needs(verifying);
  app->add_option("--keep", flags->keep, "afterwards remove all but the newest so many")
      ->check(CLI::Range(1, 1'000'000))
      ->excludes(listing)
      ->excludes(verifying);
  app->add_option("--rate", flags->rate_mib, "MiB copied a second; 0: as fast as it goes (default: limits.backup_bytes_per_s_default)")
      ->check(CLI::Range(0, 1'000'000))
      ->excludes(listing)
      ->excludes(verifying);
  describe(*app,
           "The server writes the backup: the directory is on its machine. What an earlier backup there has is not copied again. "
           "Publishing goes\n"
           "on meanwhile; one backup at a time.",
           {{"backup /var/backups/tidewire --keep 7", ""},
            {"backup --list /var/backups/tidewire", "which there are"},
            {"backup --verify /var/backups/tidewire", "whether the newest is whole"}});
  return {app, [flags, &with] {
            if (flags->list) return list(with, *flags);
            if (flags->verify) return verify(with, *flags);
            return make(with, *flags);
          }};
}

}  // namespace tidewire::ctl
