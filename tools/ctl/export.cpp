// tidectl export: the state of rooms, and if wanted their history, as lines of JSON.
#include <CLI/CLI.hpp>
#include <memory>

#include "schemas/api/export_lines.hpp"
#include "schemas/json.hpp"
#include "schemas/protocol/json_object.hpp"
#include "schemas/rfc3339.hpp"
#include "tools/ctl/commands.hpp"
#include "tools/ctl/help.hpp"
#include "tools/ctl/listeners.hpp"
#include "tools/ctl/output_file.hpp"
#include "tools/ctl/progress.hpp"

namespace tidewire::ctl {

namespace {

using namespace std::chrono_literals;

constexpr auto answer_timeout = 60s;

struct export_flags {
  std::string file;
  std::string room;
  std::string prefix;
  std::string at;
  std::string format = "ndjson";
  bool history = false;
  bool force = false;
};

// The server's export, which holds a moment of the database until it is ended.
class server_export {
 public:
  explicit server_export(admin_listener& admin) : admin_(admin) {}
  ~server_export() {
    if (!id_.empty()) static_cast<void>(admin_.ask({"DELETE", "/api/v1/exports/" + id_}));
  }
  server_export(const server_export&) = delete;
  server_export& operator=(const server_export&) = delete;

  result<void> begin(const export_flags& flags) {
    std::string order;
    {
      protocol::json_object body(order);
      body.string_unless_empty("room", flags.room);
      body.string_unless_empty("prefix", flags.prefix);
      body.string_unless_empty("at", flags.at);
      body.flag("history", flags.history);
    }
    const auto answer = admin_.ask({"POST", "/api/v1/exports", "application/json", order});
    if (!answer) return tl::unexpected(answer.error());
    const auto members = json_members(*answer);
    if (!members) return fail(errc::internal, "the server's answer is not understood: is this the operators' listener?");
    for (const auto& each : *members) {
      if (each.name == "id") id_ = json_string(each.raw).value_or("");
      if (each.name == "time") time_ms_ = parse_rfc3339(json_string(each.raw).value_or("")).value_or(0);
    }
    return {};
  }

  // The lines of the next page, in the text that `page` keeps; done() tells whether it was the last.
  result<std::vector<std::string_view>> next(std::string& page) {
    auto target = "/api/v1/exports/" + id_;
    if (!cursor_.empty()) target += "?cursor=" + cursor_;
    auto answer = admin_.ask({"GET", target});
    if (!answer) return tl::unexpected(std::move(answer.error()));
    page = std::move(*answer);
    const auto members = json_members(page);
    if (!members) return tl::unexpected(members.error());
    std::vector<std::string_view> lines;
    cursor_.clear();
    for (const auto& each : *members) {
      if (each.name == "next_cursor") cursor_ = json_string(each.raw).value_or("");
      if (each.name != "data") continue;
      auto rows = json_elements(each.raw);
      if (!rows) return rows;
      lines = std::move(*rows);
    }
    done_ = cursor_.empty();
    return lines;
  }

  bool done() const { return done_; }
  const std::string& id() const { return id_; }
  std::int64_t time_ms() const { return time_ms_; }

 private:
  admin_listener& admin_;
  std::string id_;
  std::int64_t time_ms_ = 0;
  std::string cursor_;
  bool done_ = false;
};

// Turns the server's lines into those of the file, and counts them.
class line_maker {
 public:
  explicit line_maker(bool events) : events_(events) {}

  void begin(std::string& out, const server_export& from) const {
    if (events_) return;
    api::write_export_begin(out, from.id(), from.time_ms());
    out += '\n';
  }

  void add(std::string& out, std::string_view line) {
    const auto members = json_members(line);
    if (!members) return;
    bool entity = false;
    bool room = false;
    for (const auto& each : *members) {
      entity = entity || each.name == "version";
      if (each.name != "epoch") continue;
      room = true;
      epoch_ = json_string(each.raw).value_or("");
    }
    ++(room ? counts_.rooms : entity ? counts_.entities : counts_.publications);
    if (events_ && room) return;
    if (events_)
      api::append_cloud_event(out, line, epoch_);
    else
      out += line;
    out += '\n';
  }

  void end(std::string& out) const {
    if (events_) return;
    api::write_export_end(out, counts_);
    out += '\n';
  }

  const api::export_counts& counts() const { return counts_; }

 private:
  const bool events_;
  std::string epoch_;  // of the present room
  api::export_counts counts_;
};

std::string counts_text(const api::export_counts& counts) {
  return count_text(counts.entities) + " entities and " + count_text(counts.publications) + " publications of " + count_text(counts.rooms) +
         " rooms";
}

exit_code run(const session& with, const export_flags& flags) {
  const bool aside = flags.file == "-";
  admin_listener admin(with, answer_timeout);
  server_export from(admin);
  if (const auto begun = from.begin(flags); !begun) return with.fail_with(begun.error(), aside);
  auto file = output_file::open(flags.file, flags.force);
  if (!file) return with.fail_with(file.error(), aside);

  line_maker lines(flags.format == "cloudevents");
  progress bar(with.shows_progress());
  std::string out;
  std::uint64_t bytes = 0;
  lines.begin(out, from);
  for (std::string page; !from.done();) {
    const auto rows = from.next(page);
    if (!rows) return bar.clear(), with.fail_with(rows.error(), aside);
    for (const auto& row : *rows) lines.add(out, row);
    if (from.done()) lines.end(out);
    if (const auto written = file->write(out); !written) return bar.clear(), with.fail_with(written.error(), aside);
    bytes += out.size();
    out.clear();
    bar.show(0, 0, counts_text(lines.counts()) + ", " + bytes_text(bytes));
  }
  if (const auto finished = file->finish(); !finished) return bar.clear(), with.fail_with(finished.error(), aside);
  bar.clear();
  std::string body;
  {
    protocol::json_object object(body);
    protocol::json_object row(object.name("exported"));
    row.number("rooms", lines.counts().rooms);
    row.number("entities", lines.counts().entities);
    row.number("publications", lines.counts().publications);
    row.number("bytes", bytes);
  }
  with.say("exported " + counts_text(lines.counts()) + ", " + bytes_text(bytes) + "\n", body, aside);
  return exit_code::done;
}

}  // namespace

command add_export(CLI::App& root, const session& with) {
  const auto flags = std::make_shared<export_flags>();
  auto* app = root.add_subcommand("export", "Write the state of rooms into a file, one JSON object a line");
  app->add_option("file", flags->file, "to write; - is standard output")->required();
  auto* room = app->add_option("--room", flags->room, "only this room");
  app->add_option("--prefix", flags->prefix, "only rooms whose name begins so (default: all rooms)")->excludes(room);
  app->add_option("--at", flags->at, "the state at an earlier moment: a time (RFC 3339), or with --room an offset");
  app->add_flag("--history", flags->history, "and the publications that are kept");
  app->add_option("--format", flags->format, "ndjson (default) or cloudevents")->check(CLI::IsMember({"ndjson", "cloudevents"}));
  app->add_flag("--force", flags->force, "replace the file if it is there");
  describe(*app, "All rooms on disk are of the one moment at which the export began. A file appears when it is whole.",
           {{"export state.ndjson", "all rooms"},
            {"export --prefix sensor: --history - | gzip > sensors.gz", ""},
            {"export --room sensor:lab --at 2026-11-29T12:00:00Z noon.ndjson", "as it was"}});
  return {app, [flags, &with] { return run(with, *flags); }};
}

}  // namespace tidewire::ctl
