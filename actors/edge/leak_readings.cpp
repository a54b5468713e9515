#include "actors/edge/leak_readings.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <numeric>
#include <string>
#include <system_error>

#include "actors/edge/performance.hpp"
#include "actors/supervision/actor_stats.hpp"

namespace tidewire {

namespace {

constexpr std::uint64_t count_growth_min = 256;  // of files and of actors

// What is there is kept for as long as there is room, so all of the share is used in normal work.
bool is_cache(memory_part part) {
  return part == memory_part::database || part == memory_part::live || part == memory_part::tails || part == memory_part::pages;
}

std::uint64_t beyond(std::uint64_t value, std::uint64_t expected) { return value > expected ? value - expected : 0; }

std::uint64_t open_files() {
  std::error_code error;
  const std::filesystem::directory_iterator files("/proc/self/fd", error);
  return error ? 0 : static_cast<std::uint64_t>(std::distance(begin(files), end(files)));
}

std::uint64_t connected_actors() {
  constexpr std::array<std::string_view, 3> kinds{"session", "room_stream", "ingest"};
  std::uint64_t alive = 0;
  for (const auto* kind : actor_kinds())
    if (std::ranges::find(kinds, kind->name) != kinds.end()) alive += kind->alive();
  return alive;
}

}  // namespace

std::vector<leak_reading> leak_readings(const engine& own, std::size_t growth_bytes) {
  std::vector<leak_reading> all;
  const auto held = held_by_part(own);
  for (std::size_t i = 0; i < memory_parts; ++i) {
    const auto part = static_cast<memory_part>(i);
    const auto share = is_cache(part) ? own.held[part].limit : 0;
    all.push_back({std::string(name_of(part)), beyond(held[i], share), growth_bytes});
  }
  const auto held_together = std::accumulate(held.begin(), held.end(), std::size_t{0});
  all.push_back({"resident", beyond(resident_bytes(), held_together + held_together / 4), growth_bytes});
  const auto connections = own.connections();
  all.push_back({"files", beyond(open_files(), connections), count_growth_min});
  all.push_back({"sessions", beyond(connected_actors(), connections), count_growth_min});
  return all;
}

}  // namespace tidewire
