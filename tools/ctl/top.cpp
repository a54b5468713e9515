// tidectl top: the server, live.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <memory>

#include "tools/ctl/commands.hpp"
#include "tools/ctl/help.hpp"
#include "tools/ctl/interrupts.hpp"
#include "tools/ctl/listeners.hpp"
#include "tools/ctl/top_screen.hpp"
#include "tools/ctl/top_view.hpp"

namespace tidewire::ctl {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr auto answer_timeout = 3s;
constexpr auto signal_pause = 500ms;

struct top_flags {
  double interval_s = 2;
  bool once = false;
};

// Reads what a view needs, over one connection.
class top_reader {
 public:
  explicit top_reader(const session& with) : admin_(with, answer_timeout) {}

  top_sample read(const top_view& view) {
    top_sample made;
    made.at_s = std::chrono::duration<double>(clock::now().time_since_epoch()).count();
    auto status = read_status(admin_);
    if (!status) {
      made.problem = status.error().detail;
      return made;
    }
    made.status = std::move(*status);
    if (const auto text = admin_.ask({"GET", "/metrics"})) made.numbers = metrics::read(*text);
    if (const auto kinds = admin_.ask({"GET", "/api/v1/actors"})) take_kinds(made, *kinds);
    made.lacks_hot = !take("/api/v1/performance/hot", [&](std::string_view json) { take_hot(made, json); });
    read_page(view, made);
    return made;
  }

  // What only this view needs, into what is there already.
  void read_page(const top_view& view, top_sample& into) {
    const auto path = path_of(view);
    if (path.empty()) return;
    if (view.page == top_page::actors) into.lacks_actors = !take(path, [&](std::string_view json) { take_actor_rows(into, json); });
    if (view.page == top_page::clients) into.lacks_sessions = !take(path, [&](std::string_view json) { take_sessions(into, json); });
    if (view.page == top_page::detail) take(path, [&](std::string_view json) { into.detail = json; });
  }

 private:
  template <class Take>
  bool take(const std::string& path, Take how) {
    const auto answer = admin_.ask({"GET", path});
    if (answer) how(*answer);
    return answer.has_value();
  }

  admin_listener admin_;
};

exit_code once(const session& with, const top_flags& flags) {
  const interrupts signals;
  top_reader reader(with);
  const auto before = reader.read({});
  if (!before.problem.empty()) return with.fail_with({errc::unavailable, before.problem});
  if (signals.wait_for(std::chrono::milliseconds(static_cast<std::int64_t>(flags.interval_s * 1'000)))) return exit_code::done;
  auto now = reader.read({});
  if (!now.problem.empty()) return with.fail_with({errc::unavailable, now.problem});
  top_view view;
  for (const auto page : {top_page::actors, top_page::clients}) {
    view.page = page;
    reader.read_page(view, now);
  }
  with.say(top_text(before, now, with.admin, with.columns()), top_json(before, now));
  return exit_code::done;
}

exit_code live(const session& with, const top_flags& flags, std::unique_ptr<top_screen> screen) {
  const interrupts signals;
  top_reader reader(with);
  top_view view;
  auto before = reader.read(view);
  if (!before.problem.empty()) {
    screen.reset();
    return with.fail_with({errc::unavailable, before.problem});
  }
  auto now = before;
  const auto interval = std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(flags.interval_s));
  auto due = clock::now() + interval;
  while (!view.quit && !signals.came()) {
    screen->show(draw(view, before, now, with.admin, screen->width(), screen->height()));
    const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(due - clock::now());
    const auto key = screen->key(std::clamp<std::chrono::milliseconds>(view.paused ? signal_pause : rest, 0ms, signal_pause));
    if (key) {
      view = press(view, *key, rows_of(view, before, now));
      if (view.refresh && now.problem.empty()) reader.read_page(view, now);
    }
    if (view.paused || clock::now() < due) continue;
    before = std::move(now);
    now = reader.read(view);
    due = clock::now() + interval;
  }
  return exit_code::done;
}

}  // namespace

command add_top(CLI::App& root, const session& with) {
  const auto flags = std::make_shared<top_flags>();
  auto* app = root.add_subcommand("top", "Watch the server live: rates, latencies, actors, hot rooms, slow clients");
  app->add_option("--interval", flags->interval_s, "seconds between two looks (default: 2)")
      ->check(CLI::Range(0.1, 3'600.0))
      ->type_name("S");
  app->add_flag("--once", flags->once, "print everything once, and end; so it does without a terminal and with --json");
  describe(*app,
           "Keys: 1-4 or Tab choose the page, s the column to sort by, / filters, Enter opens a row, Esc goes back, p pauses, h shows all "
           "keys,\n"
           "q ends. A figure that an older server does not tell is a dash. Rates of --once are of one interval.",
           {{"top", ""}, {"top --once --interval 5", "for a report"}, {"top --json | jq .figures", "for a script"}});
  return {app, [flags, &with] {
            auto screen = flags->once || with.json ? nullptr : top_screen::open();
            return screen ? live(with, *flags, std::move(screen)) : once(with, *flags);
          }};
}

}  // namespace tidewire::ctl
