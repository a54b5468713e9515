#include "actors/edge/performance.hpp"

#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <numeric>

#include "schemas/protocol/json_object.hpp"
#include "schemas/rfc3339.hpp"
#include "schemas/statistics/slow_queries.hpp"
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

void add_watch(json_object& to, const leak_watcher& leaks) {
  const auto all = leaks.standings();
  json_object watch(to.name("watch"));
  watch.number("window_s", leaks.options().window_s);
  watch.number("windows", leaks.options().windows);
  {
    json_array suspected(watch.name("suspected"));
    for (const auto& each : all)
      if (each.suspected) append_json_string(suspected.item(), each.component);
  }
  json_array components(watch.name("components"));
  for (const auto& each : all) {
    json_object row(components.item());
    row.string("component", each.component);
    row.number("now", each.now);
    row.number("baseline", each.baseline);
    row.number("peak", each.peak);
    row.number("grown_windows", each.grown);
    row.name("suspected") += each.suspected ? "true" : "false";
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

disk_space disk_of(const engine& own) {
  struct statvfs disk {};
  if (::statvfs(own.options.data.c_str(), &disk) != 0) return {};
  return {std::uint64_t{disk.f_bavail} * disk.f_frsize, std::uint64_t{disk.f_blocks} * disk.f_frsize};
}

std::string memory_body(const engine& own, const leak_watcher& leaks) {
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
    add_watch(all, leaks);
    json_object warm_up(all.name("warm_up"));
    warm_up.number("rooms", own.warmed.rooms);
    warm_up.number("rooms_done", own.warmed.rooms_done);
    warm_up.number("bytes", own.warmed.bytes);
    warm_up.name("over") += own.warmed.over ? "true" : "false";
  }
  return body;
}

namespace {

void add_times(json_object& to, std::string_view name, const time_histogram::counts& seen) {
  json_object of(to.name(name));
  of.number("count", seen.total);
  of.number("mean_us", seen.mean_ns() / 1'000);
  of.number("p50_us", seen.quantile_ns(0.5) / 1'000);
  of.number("p99_us", seen.quantile_ns(0.99) / 1'000);
  of.number("max_us", seen.max_ns / 1'000);
}

void add_table(std::string& out, const storage::database_view::table& of, const query_counters::row* asked) {
  json_object table(out);
  table.string("name", of.name);
  table.number("rows", of.rows);
  table.number("files", of.files);
  table.number("file_bytes", of.file_bytes);
  table.number("memory_bytes", of.memory_bytes);
  table.number("compaction_bytes", of.compaction_bytes);
  if (asked == nullptr) return;
  json_object queries(table.name("queries"));
  for (std::size_t i = 0; i < query_counters::operation_names.size(); ++i)
    queries.number(query_counters::operation_names[i], (*asked)[i].load(std::memory_order_relaxed));
}

void add_slow(std::string& out, const slow_query& of) {
  json_object row(out);
  auto& time = row.name("time");
  time += '"';
  append_rfc3339(time, of.time_ms);
  time += '"';
  row.string("operation", of.operation);
  row.string("table", of.table);
  row.number("us", of.ns / 1'000);
}

struct problem_seen {
  std::string_view severity;  // "critical", "warning"
  std::string_view what;
  std::string detail;
  std::string_view remedy;
};

std::vector<problem_seen> problems_of(const engine& own, const storage::database_view& database, const leak_watcher& leaks) {
  std::vector<problem_seen> all;
  const auto add = [&](bool wrong, std::string_view severity, std::string_view what, std::string detail, std::string_view remedy) {
    if (wrong) all.push_back({severity, what, std::move(detail), remedy});
  };
  const auto disk = disk_of(own);
  const auto slow = own.io.slow();
  const auto held = held_by_part(own);
  add(!own.ready, "critical", "not ready", "it starts, drains, or has stopped serving",
      "look at the log; /readyz?verbose says how far a start is");
  add(database.writes_stopped, "critical", "the database takes no writes", "its background work is too far behind",
      "a faster disk, or fewer changes; /api/v1/performance/database shows what waits");
  add(database.background_errors > 0, "critical", "the database met errors in its background work",
      std::to_string(database.background_errors), "look at the log of component storage; make room on the disk or replace it");
  add(disk.size > 0 && disk.free < disk.size / 20, "critical", "the disk is nearly full", std::to_string(disk.free) + " bytes are free",
      "make room, shorten history_size or history_ttl, or move the data to a larger disk");
  add(disk.size > 0 && disk.free >= disk.size / 20 && disk.free < disk.size / 10, "warning", "the disk fills up",
      std::to_string(disk.free) + " bytes are free", "make room, or shorten history_size or history_ttl");
  add(own.quarantined > 0 || own.not_quarantined > 0, "warning", "commands were set aside since the start",
      std::to_string(own.quarantined + own.not_quarantined), "tidectl quarantine list");
  add(slow.behind > 0, "warning", "clients are slow", std::to_string(slow.behind) + " connections miss something now",
      "/api/v1/sessions?behind=true names them");
  for (const auto part : {memory_part::requests, memory_part::changes, memory_part::frames, memory_part::outboxes}) {
    const auto used = held[static_cast<std::size_t>(part)];
    add(used > own.held[part].limit, "warning", "a part of the memory is used up", std::string(name_of(part)),
        "a larger [memory] budget; docs/operating.md, \"Memory\", says what each part means");
  }
  for (const auto& each : leaks.standings())
    add(each.suspected, "warning", "something grows and does not stop",
        each.component + ": " + std::to_string(each.baseline) + " then, " + std::to_string(each.peak) + " now",
        "docs/operating.md, \"What grows and does not stop\"; watch of /api/v1/performance/memory");
  return all;
}

}  // namespace

std::string database_body(const engine& own) {
  const auto seen = own.disk.inspect();
  std::string body;
  {
    json_object all(body);
    {
      json_array tables(all.name("tables"));
      for (std::size_t i = 0; i < seen.tables.size(); ++i)
        add_table(tables.item(), seen.tables[i], own.queries == nullptr ? nullptr : &own.queries->tables[i]);
    }
    all.number("running_flushes", seen.running_flushes);
    all.number("running_compactions", seen.running_compactions);
    all.number("write_rate_bytes", seen.write_rate_bytes);
    all.name("writes_stopped") += seen.writes_stopped ? "true" : "false";
    all.number("snapshots", seen.snapshots);
    all.number("background_errors", seen.background_errors);
    if (own.queries != nullptr) {
      json_object commits(all.name("commits"));
      add_times(commits, "synced", own.queries->commits_synced.read());
      add_times(commits, "not_synced", own.queries->commits.read());
    }
    all.number("slow_total", slow_queries_here().total());
    json_array slow(all.name("slow"));
    for (const auto& each : slow_queries_here().newest()) add_slow(slow.item(), each);
  }
  return body;
}

std::string status_body(const engine& own, const leak_watcher& leaks) {
  const auto disk = disk_of(own);
  std::string body;
  {
    json_object all(body);
    all.name("ready") += own.ready ? "true" : "false";
    {
      json_array problems(all.name("problems"));
      for (const auto& each : problems_of(own, own.disk.inspect(), leaks)) {
        json_object row(problems.item());
        row.string("severity", each.severity);
        row.string("what", each.what);
        row.string("detail", each.detail);
        row.string("remedy", each.remedy);
      }
    }
    const auto up = std::chrono::system_clock::now() - own.begun;
    all.number("uptime_s",
               static_cast<std::uint64_t>(std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::seconds>(up).count())));
    all.number("connections", own.connections());
    all.number("websockets", own.websockets);
    all.number("publications_told", own.told);
    all.number("deliveries", own.delivered);
    all.number("resident_bytes", resident_bytes());
    all.number("disk_free_bytes", disk.free);
    all.number("disk_size_bytes", disk.size);
  }
  return body;
}

}  // namespace tidewire
