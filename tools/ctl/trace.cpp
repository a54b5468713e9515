// tidectl trace: the way of publishes through the server's actors, as a file that Perfetto opens.
#include <CLI/CLI.hpp>
#include <memory>

#include "tools/ctl/commands.hpp"
#include "tools/ctl/help.hpp"
#include "tools/ctl/json_row.hpp"
#include "tools/ctl/listeners.hpp"
#include "tools/ctl/output_file.hpp"
#include "tools/ctl/progress.hpp"
#include "tools/ctl/shown.hpp"
#include "tools/ctl/text_table.hpp"

namespace tidewire::ctl {

namespace {

constexpr auto answer_timeout = std::chrono::seconds(30);  // behind the time of the trace

struct trace_flags {
  std::uint64_t seconds = 5;
  std::uint64_t sample = 1;
  std::string file = "tidewire-trace.json";
  bool force = false;
};

// Whole microseconds are enough here.
std::string us(const json_row& of, std::string_view name) { return count_text(static_cast<std::uint64_t>(of.real(name))); }

std::string spent_text(const json_row& said, std::size_t columns) {
  text_table table{"IN MICROSECONDS", ">STOPS", ">WAITED", ">P99", ">HANDLER", ">P99"};
  for (const auto raw : said.list("spent")) {
    const json_row row(raw);
    table.add({shown(row.text("what")), count_text(row.number("stops")), us(row, "waited_p50_us"), us(row, "waited_p99_us"),
               us(row, "handler_p50_us"), us(row, "handler_p99_us")});
  }
  if (table.rows() == 0) return "nothing was published\n";
  return table.text(columns) + "from the request to its answer: " + us(said, "answered_p50_us") + ", p99 " + us(said, "answered_p99_us") +
         "\n";
}

exit_code trace(const session& with, const trace_flags& flags) {
  const bool aside = flags.file == "-";
  auto file = output_file::open(flags.file, flags.force);
  if (!file) return with.fail_with(file.error(), aside);
  admin_listener admin(with, answer_timeout + std::chrono::seconds(flags.seconds));
  const auto target =
      query("/api/v1/performance/trace").add("seconds", std::to_string(flags.seconds)).add("sample", std::to_string(flags.sample));
  const auto made = admin.ask({"GET", target.target()});
  if (!made) return with.fail_with(made.error(), aside);
  if (const auto written = file->write(*made); !written) return with.fail_with(written.error(), aside);
  if (const auto done = file->finish(); !done) return with.fail_with(done.error(), aside);
  const json_row whole(*made);
  const auto said = whole.inner("otherData");
  const auto missing = said.number("publishes_dropped") + said.number("slices_dropped") + said.number("passages_dropped");
  auto text = spent_text(said, with.columns()) + shown(flags.file) + ": " + count_text(said.number("sampled")) + " of " +
              count_text(said.number("publishes")) + " publishes";
  if (missing > 0) text += ", and some did not fit: take a greater --sample";
  with.say(text + "; open it at ui.perfetto.dev\n", whole.raw("otherData"), aside);
  return exit_code::done;
}

}  // namespace

command add_trace(CLI::App& root, const session& with) {
  const auto flags = std::make_shared<trace_flags>();
  auto* app = root.add_subcommand("trace", "Follow publishes through the actors for some seconds, into a file for Perfetto");
  app->add_option("--seconds", flags->seconds, "for how long, up to 120 (default: 5)")->check(CLI::Range(1, 120))->type_name("N");
  app->add_option("--sample", flags->sample, "one of so many publishes (default: 1, all of them)")
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("M");
  app->add_option("--output", flags->file, "where to; - is standard output (default: tidewire-trace.json)")->type_name("FILE");
  app->add_flag("--force", flags->force, "replace the file if it is there");
  describe(*app,
           "Each handler that did something for a publish is a slice on the row of its thread, and arrows lead from one to the next: a "
           "long arrow\n"
           "is mail that waited. It holds names of rooms, and nothing of what was published.",
           {{"trace --seconds 10", ""}, {"trace --sample 100 --output busy.json", "under load"}});
  return {app, [flags, &with] { return trace(with, *flags); }};
}

}  // namespace tidewire::ctl
