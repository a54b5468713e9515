#include "actors/edge/performance.hpp"

#include <unistd.h>

#include <fstream>
#include <numeric>

#include "schemas/protocol/json_object.hpp"
#include "transport/io_threads.hpp"

namespace tidewire {

namespace {

using protocol::json_array;
using protocol::json_object;

void add_part(json_object& to, std::string_view name, std::size_t used, std::size_t limit) {
  json_object part(to.name(name));
  part.number("used", used);
  part.number("limit", limit);
}

void add_cache(std::string& out, const cache_counters& counted) {
  json_array all(out);
  for (std::size_t type = 0; type < counted.cells.size(); ++type) {
    for (std::size_t level = 0; level < counted.cells[type].size(); ++level) {
      const auto& at = counted.cells[type][level];
      const auto hits = at.hits.load(std::memory_order_relaxed);
      const auto misses = at.misses.load(std::memory_order_relaxed);
      if (hits + misses == 0) continue;
      json_object cell(all.item());
      cell.string("type", cache_counters::type_names[type]);
      cell.string("level", cache_counters::level_names[level]);
      cell.number("hits", hits);
      cell.number("misses", misses);
    }
  }
}

}  // namespace

std::array<std::size_t, memory_parts> held_by_part(const engine& own) {
  std::array<std::size_t, memory_parts> held{};
  for (std::size_t i = 0; i < memory_parts; ++i) held[i] = own.held[static_cast<memory_part>(i)].now();
  held[static_cast<std::size_t>(memory_part::database)] = own.disk.memory().cache;
  held[static_cast<std::size_t>(memory_part::outboxes)] = own.io.queued_bytes();
  return held;
}

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t all = 0;
  std::size_t resident = 0;
  file >> all >> resident;
  return file ? resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) : 0;
}

std::string memory_body(const engine& own) {
  const auto database = own.disk.memory();
  const auto held = held_by_part(own);
  std::string body;
  {
    json_object all(body);
    std::size_t limits = 0;
    for (std::size_t i = 0; i < memory_parts; ++i) limits += own.held[static_cast<memory_part>(i)].limit;
    all.number("budget", limits);
    all.number("held", std::accumulate(held.begin(), held.end(), std::size_t{0}));
    all.number("resident", resident_bytes());
    {
      json_object parts(all.name("parts"));
      for (std::size_t i = 0; i < memory_parts; ++i) {
        const auto part = static_cast<memory_part>(i);
        add_part(parts, name_of(part), held[i], own.held[part].limit);
      }
    }
    {
      json_object more(all.name("database"));
      more.number("pinned", database.pinned);
      more.number("memtables", database.memtables);
    }
    add_cache(all.name("cache"), own.held.cache);
    json_object warm_up(all.name("warm_up"));
    warm_up.number("rooms", own.warmed.rooms);
    warm_up.number("rooms_done", own.warmed.rooms_done);
    warm_up.number("bytes", own.warmed.bytes);
    warm_up.name("over") += own.warmed.over ? "true" : "false";
  }
  return body;
}

}  // namespace tidewire
