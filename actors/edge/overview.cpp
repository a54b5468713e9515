#include "actors/edge/overview.hpp"

#include <spdlog/common.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "actors/edge/performance.hpp"
#include "actors/supervision/actor_stats.hpp"
#include "actors/supervision/log.hpp"
#include "schemas/limit_hits.hpp"
#include "schemas/protocol/json_object.hpp"
#include "schemas/rfc3339.hpp"
#include "transport/io_threads.hpp"

namespace tidewire {

namespace {

using protocol::json_array;
using protocol::json_object;
using std::chrono::system_clock;

// Those of /metrics: powers of two of nanoseconds.
constexpr unsigned first_bound = 14;
constexpr unsigned last_bound = 34;

void add_time(json_object& to, std::string_view name, system_clock::time_point when) {
  auto& out = to.name(name);
  out += '"';
  append_rfc3339(out, std::chrono::duration_cast<std::chrono::milliseconds>(when.time_since_epoch()).count());
  out += '"';
}

// How many took how long at most, of several histograms together.
class durations {
 public:
  void add(const time_histogram::counts& seen) {
    total_ += seen.total;
    for (auto power = first_bound; power <= last_bound; ++power) up_to_[power - first_bound] += seen.up_to(std::uint64_t{1} << power);
  }
  void write(json_object& to, std::string_view name) const {
    json_object all(to.name(name));
    {
      json_array bounds(all.name("up_to_ns"));
      for (auto power = first_bound; power <= last_bound; ++power) append_json_unsigned(bounds.item(), std::uint64_t{1} << power);
    }
    {
      json_array counts(all.name("counts"));
      for (const auto each : up_to_) append_json_unsigned(counts.item(), each);
    }
    all.number("total", total_);
  }

 private:
  std::array<std::uint64_t, last_bound - first_bound + 1> up_to_{};
  std::uint64_t total_ = 0;
};

void add_process(json_object& to, const engine& own) {
  add_time(to, "time", system_clock::now());
  add_time(to, "started_at", own.begun);
  to.name("ready") += own.ready ? "true" : "false";
  to.number("resident_bytes", resident_bytes());
  if (const auto disk = disk_of(own); disk.size > 0) {
    json_object of(to.name("disk"));
    of.number("free_bytes", disk.free);
    of.number("size_bytes", disk.size);
  }
  json_object warm_up(to.name("warm_up"));
  warm_up.number("rooms", own.warmed.rooms);
  warm_up.number("rooms_done", own.warmed.rooms_done);
  warm_up.name("over") += own.warmed.over ? "true" : "false";
}

void add_requests(json_object& to, const http_meter& meter) {
  std::uint64_t all = 0;
  std::uint64_t failed = 0;
  durations took;
  meter.for_each([&](const http_meter::line& of) {
    of.for_each_status([&](std::string_view status, std::uint64_t count) {
      all += count;
      if (status.starts_with('5')) failed += count;
    });
    took.add(of.times.read());
  });
  to.number("requests", all);
  to.number("requests_failed", failed);
  took.write(to, "request_durations");
}

void add_clients(json_object& to, const engine& own) {
  const auto slow = own.io.slow();
  to.number("connections", own.websockets);
  to.number("publications", own.published);
  to.number("deliveries", own.delivered);
  to.number("slow_clients", slow.behind);
  to.number("slow_clients_disconnected", slow.disconnected);
  to.number("queued_bytes", own.io.queued_bytes());
}

void add_actors(json_object& to) {
  const auto kinds = actor_kinds();
  const auto room = std::ranges::find(kinds, std::string_view("room"), [](const actor_kind* of) { return std::string_view(of->name); });
  to.number("rooms", room == kinds.end() ? 0 : (*room)->alive());
  {
    json_object restarts(to.name("restarts"));
    for (const auto& [name, count] : actor_restarts()) append_json_unsigned(restarts.key(name), count);
  }
  {
    json_object crashes(to.name("crashes"));
    for (const auto* kind : kinds)
      if (kind->crashed > 0) append_json_unsigned(crashes.key(kind->name), kind->crashed);
  }
  json_object refused(to.name("refused"));
  for (const auto* kind : kinds)
    if (kind->refused > 0) append_json_unsigned(refused.key(kind->name), kind->refused);
}

void add_trouble(json_object& to, const engine& own) {
  {
    json_object limits(to.name("limits"));
    for (const auto& [name, hits] : limit_hits()) limits.number(name, hits);
  }
  {
    json_object quarantine(to.name("quarantine"));
    quarantine.number("set_aside", own.quarantined);
    quarantine.number("lost", own.not_quarantined);
  }
  const auto errors = read_log({.after = 0, .at_least = spdlog::level::err, .max = 1});
  to.number("last_error_line", errors.lines.empty() ? 0 : errors.lines.back().id);
}

void add_memory(json_object& to, const engine& own) {
  const auto held = held_by_part(own);
  json_object all(to.name("memory"));
  for (std::size_t i = 0; i < memory_parts; ++i) {
    const auto part = static_cast<memory_part>(i);
    json_object of(all.name(name_of(part)));
    of.number("used", held[i]);
    of.number("limit", own.held[part].limit);
  }
}

}  // namespace

std::string overview_body(const engine& own) {
  std::string body;
  {
    json_object all(body);
    add_process(all, own);
    add_requests(all, own.http);
    add_clients(all, own);
    if (own.queries != nullptr) {
      durations commits;
      commits.add(own.queries->commits_synced.read());
      commits.add(own.queries->commits.read());
      commits.write(all, "commit_durations");
    }
    add_actors(all);
    add_trouble(all, own);
    add_memory(all, own);
  }
  return body;
}

}  // namespace tidewire
