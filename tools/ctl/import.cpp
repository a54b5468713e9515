// tidectl import: publishes what an export wrote, or lines of the same form from elsewhere.
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <memory>
#include <mutex>
#include <random>

#include "schemas/api/export_lines.hpp"
#include "schemas/digest.hpp"
#include "schemas/protocol/json_object.hpp"
#include "tools/ctl/commands.hpp"
#include "tools/ctl/help.hpp"
#include "tools/ctl/line_source.hpp"
#include "tools/ctl/progress.hpp"
#include "tools/ctl/publishing.hpp"

namespace tidewire::ctl {

namespace {

constexpr std::size_t refusals_told_max = 1'000;  // as JSON

struct import_flags {
  std::string file;
  bool keep_going = false;
  bool again = false;
  std::size_t connections = 4;
  std::uint32_t patience_s = 30;
};

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// Limits of what a line may be; the server has its own.
limits line_limits() {
  limits bounds;
  bounds.http_body_bytes_max = line_source::line_bytes_max;
  bounds.json_depth_max = 1'000;
  return bounds;
}

class import_run {
 public:
  import_run(const session& with, const import_flags& flags)
      : with_(with),
        flags_(flags),
        bar_(with.shows_progress()),
        name_(flags.again ? "again-" + std::to_string(std::random_device{}()) : "") {}

  exit_code run() {
    auto lines = line_source::open(flags_.file);
    if (!lines) return with_.fail_with(lines.error());
    publishing out({with_.server, with_.token, flags_.connections, flags_.keep_going, std::chrono::seconds(flags_.patience_s),
                    [this](std::uint64_t line, const failure& why) { refuse(line, why); }});
    auto read = read_all(*lines, out);
    auto finished = out.finish();
    bar_.clear();
    if (finished && read && begun_ && !ended_)
      read = fail(errc::unprocessable,
                  "the file ends before its last line: the export was cut short. What it has is imported, the rest is missing");
    tell(out);
    if (!finished) return with_.fail_with(explain(finished.error()));
    if (!read) return with_.fail_with(read.error());
    return unreadable_ + out.refused() > 0 ? exit_code::partly : exit_code::done;
  }

 private:
  result<void> read_all(line_source& lines, publishing& out) {
    const auto bounds = line_limits();
    for (;;) {
      const auto line = lines.next();
      if (!line) return tl::unexpected(line.error());
      if (!*line) return {};
      bar_.show(lines.bytes_read(), lines.bytes_in_all(), count_text(out.applied()) + " applied");
      if ((*line)->find_first_not_of(" \t\r") == std::string_view::npos) continue;
      auto read = api::read_export_line(**line, bounds);
      if (!read) {
        ++unreadable_;
        refuse(lines.number(), read.error());
        if (flags_.keep_going) continue;
        return fail(errc::bad_request, "stopped at line " + std::to_string(lines.number()) + "; --keep-going leaves out what is refused");
      }
      if (!take(*read, **line, lines.number(), out)) return {};
    }
  }

  // False: nothing more is wanted.
  bool take(api::export_line& line, std::string_view text, std::uint64_t number, publishing& out) {
    using kind = api::export_line_kind;
    if (line.kind == kind::begin) {
      begun_ = true;
      ended_ = false;
      if (!flags_.again) name_ = line.id;
    }
    if (line.kind == kind::end) ended_ = true;
    if (line.kind != kind::entity && line.kind != kind::publication) return true;
    if (line.kind == kind::entity && line.expires_ms && *line.expires_ms <= now_ms()) {
      ++expired_;
      return true;
    }
    // The same line of the same export has the same key: an import that is repeated applies nothing twice.
    const auto key = "import:" + name_ + ':' + std::to_string(number) + ':' + sha256_hex(text).substr(0, 16);
    line.operation += R"(,"idempotency_key":)";
    append_json_string(line.operation, key);
    line.operation += '}';
    return out.add({number, std::move(line.room), std::move(line.operation)});
  }

  void refuse(std::uint64_t line, const failure& why) {
    const std::lock_guard lock(mutex_);
    if (with_.json) {
      if (refusals_++ >= refusals_told_max) return;
      if (!told_.empty()) told_ += ',';
      protocol::json_object row(told_);
      row.number("line", line);
      row.string("type", describe(why.code).slug);
      row.string("detail", why.detail);
      return;
    }
    bar_.clear();
    std::fprintf(stderr, "line %llu: %s\n", static_cast<unsigned long long>(line), why.detail.c_str());
  }

  static failure explain(failure why) {
    if (is_temporary(why.code)) why.detail += ". Repeat the same command: what was applied is not applied twice";
    if (why.code == errc::unauthorized) why.detail += ": give a token with the scope \"publish\" in --token or TIDEWIRE_TOKEN";
    return why;
  }

  void tell(const publishing& out) const {
    std::string body;
    {
      protocol::json_object object(body);
      protocol::json_object row(object.name("imported"));
      row.number("applied", out.applied());
      row.number("refused", out.refused() + unreadable_);
      row.number("expired", expired_);
      row.name("refusals") += '[' + told_ + ']';
    }
    std::string text = "imported " + count_text(out.applied()) + " changes";
    if (const auto refused = out.refused() + unreadable_; refused > 0) text += ", " + count_text(refused) + " were refused";
    if (expired_ > 0) text += ", " + count_text(expired_) + " had expired";
    with_.say(text + "\n", body);
  }

  const session& with_;
  const import_flags& flags_;
  progress bar_;
  std::string name_;  // of the import, in idempotency keys
  bool begun_ = false;
  bool ended_ = false;
  std::uint64_t unreadable_ = 0;
  std::uint64_t expired_ = 0;
  std::mutex mutex_;
  std::string told_;
  std::uint64_t refusals_ = 0;
};

}  // namespace

command add_import(CLI::App& root, const session& with) {
  const auto flags = std::make_shared<import_flags>();
  auto* app = root.add_subcommand("import", "Publish what an export wrote");
  app->add_option("file", flags->file, "to read; - is standard input")->required();
  app->add_flag("--keep-going", flags->keep_going, "leave out what is refused, and report it");
  app->add_flag("--again", flags->again, "apply everything, also what an import of this file has applied in the last hours");
  app->add_option("--connections", flags->connections, "requests at the same time (default: 4)")->check(CLI::Range(1, 64));
  app->add_option("--patience", flags->patience_s, "seconds to wait for a server that is away or busy (default: 30)")
      ->check(CLI::Range(0, 86'400));
  describe(*app,
           "It publishes over the public listener (--server, --token). Repeated after an interruption it applies nothing twice. With "
           "--keep-going\n"
           "the exit status is 4 if something was refused.",
           {{"import state.ndjson", ""}, {"--admin a:8001 export - | tidectl --server b:8000 import -", "from one server to another"}});
  return {app, [flags, &with] { return import_run(with, *flags).run(); }};
}

}  // namespace tidewire::ctl
