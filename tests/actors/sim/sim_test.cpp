// Random histories of the whole actor core, from seeds. A failing seed is printed; TIDEWIRE_SEED=n replays it alone, and with
// TIDEWIRE_SIM_TRACE=1 tells what happens; TIDEWIRE_SIM_SEEDS=n runs that many, from TIDEWIRE_SIM_FIRST on.
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <optional>

#include <spdlog/spdlog.h>

#include "tests/actors/sim/history.hpp"
#include "tests/actors/sim/trace.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire::test;

namespace {

std::optional<std::uint64_t> number_from(const char* variable) {
  const auto* text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  return std::stoull(text);
}

}  // namespace

TEST_CASE("histories of the actor core keep the promises") {
  spdlog::set_level(spdlog::level::off);  // refused writes are what is wanted here
  const auto replayed = number_from("TIDEWIRE_SEED");
  const auto first = replayed.value_or(number_from("TIDEWIRE_SIM_FIRST").value_or(1));
  const auto seeds = replayed ? 1 : number_from("TIDEWIRE_SIM_SEEDS").value_or(1'000);
  tracing = replayed && std::getenv("TIDEWIRE_SIM_TRACE") != nullptr;
  sim_counts sum;
  const auto started = std::chrono::steady_clock::now();
  for (auto seed = first; seed < first + seeds; ++seed) {
    try {
      history one(seed);
      one.run();
      sum.add(one.counts());
    } catch (const violation& broken) {
      FAIL("TIDEWIRE_SEED=" << seed << " breaks: " << broken.what());
    }
  }
  const auto took = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  WARN(seeds << " histories, " << static_cast<double>(seeds) / took * 60 << " a minute: " << sum.letters << " letters, " << sum.deaths
             << " actors died, " << sum.kills << " processes; " << sum.requests << " requests, " << sum.acknowledged << " acknowledged, "
             << sum.refused << " refused, " << sum.unknown << " unknown, " << sum.expired << " keys expired; " << sum.connections
             << " connections, " << sum.slow << " closed as slow, " << sum.live << " subscriptions, " << sum.recovered << " recovered, "
             << sum.snapshots << " snapshots, " << sum.patterns << " patterns, " << sum.resets << " resets, " << sum.ended
             << " ended by the server, " << sum.resynchronised << " resynchronised, " << sum.resumed << " resumed; " << sum.pushes
             << " pushes, " << sum.conflated << " changes conflated, " << sum.deltas << " deltas");
  if (seeds < 100) return;
  for (const auto count : {sum.acknowledged, sum.refused, sum.unknown, sum.expired, sum.recovered, sum.snapshots, sum.patterns, sum.resets,
                           sum.ended, sum.slow, sum.resynchronised, sum.resumed, sum.conflated, sum.deltas, sum.deaths, sum.kills})
    CHECK(count > 0);  // or nothing was tested
}
