#include "actors/edge/metrics.hpp"

#include <sys/resource.h>

#include <chrono>
#include <cstdint>
#include <string>

#include "actors/edge/performance.hpp"
#include "actors/ops/token_key_source.hpp"
#include "actors/supervision/actor_stats.hpp"
#include "schemas/limit_hits.hpp"
#include "schemas/statistics/slow_queries.hpp"
#include "transport/io_threads.hpp"

namespace tidewire {

namespace {

double seconds_of(const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; }

void add_process(metric_text& to, const engine& own) {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  to.family("process_cpu_seconds_total", "counter", "Of all threads, in user space and in the kernel.");
  to.sample_seconds(seconds_of(used.ru_utime) + seconds_of(used.ru_stime));
  to.family("process_start_time_seconds", "gauge", "Since the epoch.");
  to.sample_seconds(std::chrono::duration<double>(own.begun.time_since_epoch()).count());
  to.gauge("process_resident_memory_bytes", "What the kernel has given the process.", resident_bytes());
  to.gauge("server_ready", "1 while /readyz answers 200: not while it starts and drains.", own.ready ? 1 : 0);
  const auto disk = disk_of(own);
  if (disk.size == 0) return;
  to.gauge("disk_free_bytes", "Left for the database, on its file system.", disk.free);
  to.gauge("disk_size_bytes", "Of the database's file system.", disk.size);
}

void add_memory(metric_text& to, const engine& own) {
  const auto held = held_by_part(own);
  to.family("memory_usage_bytes", "gauge", "Held by a part of the memory budget.");
  for (std::size_t i = 0; i < memory_parts; ++i) to.sample(held[i], {{"part", name_of(static_cast<memory_part>(i))}});
  to.family("memory_limit_bytes", "gauge", "The share of a part of the memory budget.");
  for (std::size_t i = 0; i < memory_parts; ++i) {
    const auto part = static_cast<memory_part>(i);
    to.sample(own.held[part].limit, {{"part", name_of(part)}});
  }
}

void add_leaks(metric_text& to, const leak_watcher& leaks) {
  to.family("leak_suspected", "gauge", "1 while a component grows and does not stop.");
  for (const auto& each : leaks.standings()) to.sample(each.suspected ? 1 : 0, {{"component", each.component}});
}

void add_cache(metric_text& to, const cache_counters& counted) {
  to.family("cache_operations_total", "counter", "Reads by level; each level is asked for the misses of the one before.");
  for (std::size_t type = 0; type < cache_counters::type_names.size(); ++type) {
    for (std::size_t level = 0; level < cache_counters::level_names.size(); ++level) {
      const auto& at = counted.at(static_cast<cache_type>(type), static_cast<cache_level>(level));
      const auto sample = [&](std::string_view result, const std::atomic<std::uint64_t>& count) {
        to.sample(count.load(std::memory_order_relaxed),
                  {{"type", cache_counters::type_names[type]}, {"level", cache_counters::level_names[level]}, {"result", result}});
      };
      sample("hit", at.hits);
      sample("miss", at.misses);
    }
  }
}

void add_database(metric_text& to, const query_counters& counted) {
  to.family("database_queries_total", "counter", "Rows read, ranges walked, rows written and erased.");
  const auto tables = storage::table_names();
  for (std::size_t table = 0; table < tables.size(); ++table) {
    for (std::size_t what = 0; what < query_counters::operation_names.size(); ++what)
      to.sample(counted.tables[table][what].load(std::memory_order_relaxed),
                {{"operation", query_counters::operation_names[what]}, {"table", tables[table]}});
  }
  to.counter("database_commits_total", "Writes, each of which commits the changes of many rooms together.",
             counted.commits_synced.total() + counted.commits.total());
  to.counter("database_slow_queries_total", "Reads and commits that took longer than [statistics] slow_query.",
             slow_queries_here().total());
  to.family("database_commit_duration_seconds", "histogram", "Of writes: those that wait for the disk, and the others.");
  to.sample(counted.commits_synced.read(), {{"synced", "true"}});
  to.sample(counted.commits.read(), {{"synced", "false"}});
}

void add_http(metric_text& to, const http_meter& meter) {
  to.family("http_requests_total", "counter", "Answered requests of clients and integrations.");
  meter.for_each([&](const http_meter::line& of) {
    of.for_each_status([&](std::string_view status, std::uint64_t count) {
      to.sample(count, {{"method", of.method}, {"endpoint", of.endpoint}, {"status", status}});
    });
  });
  to.family("http_request_duration_seconds", "histogram", "From the whole request to its answer; of a stream, to its beginning.");
  meter.for_each([&](const http_meter::line& of) { to.sample(of.times.read(), {{"method", of.method}, {"endpoint", of.endpoint}}); });
}

void add_connections(metric_text& to, const engine& own) {
  const auto slow = own.io.slow();
  to.gauge("connections_active", "Connections to the public listener that are open, WebSockets and HTTP.", own.connections());
  to.gauge("websocket_connections_active", "WebSocket connections that are open.", own.websockets);
  to.counter("websocket_connections_total", "WebSocket connections that were accepted.", own.accepted);
  to.counter("rooms_publications_total", "Publications that were committed.", own.published);
  to.counter("publications_told_total", "Publications of rooms that somebody was subscribed to.", own.told);
  to.counter("deliveries_total", "Publications times those that they were sent to.", own.delivered);
  to.counter("deliveries_missed_total", "Times that a slow client began to miss what comes of a room.", slow.missed);
  to.counter("deliveries_dropped_total", "Messages that nobody makes up for, which a slow client did without.", slow.spared);
  to.counter("deliveries_resumed_total", "Times that a slow client was told what it had missed.", own.resumed);
  to.counter("deliveries_resynchronised_total", "Times that it had to subscribe again.", own.resynchronised);
  to.gauge("slow_clients", "Connections that miss something now.", slow.behind);
  to.counter("slow_clients_disconnected_total", "Connections that were closed as slow.", slow.disconnected);
  to.gauge("outbox_queued_bytes", "Waiting for clients to take it.", own.io.queued_bytes());
}

void add_actors(metric_text& to) {
  const auto kinds = actor_kinds();
  const auto all = [&](std::string_view name, std::string_view type, std::string_view help, auto value) {
    to.family(name, type, help);
    for (const auto* kind : kinds) to.sample(value(*kind), {{"kind", kind->name}});
  };
  all("actors_alive", "gauge", "Actors that run.", [](const actor_kind& of) { return of.alive(); });
  all("actor_messages_total", "counter", "Messages that were handled.", [](const actor_kind& of) { return of.handled.load(); });
  all("actor_crashes_total", "counter", "Actors that an exception ended.", [](const actor_kind& of) { return of.crashed.load(); });
  all("actor_refused_total", "counter", "Messages that a full mailbox did not take.",
      [](const actor_kind& of) { return of.refused.load(); });
  all("actor_handler_seconds", "histogram", "How long handling a message took.", [](const actor_kind& of) { return of.times.read(); });
  to.family("actor_restarts_total", "counter", "Children that a supervisor started again.");
  for (const auto& [name, count] : actor_restarts()) to.sample(count, {{"supervisor", name}});
  std::uint64_t rooms = 0;
  for (const auto* kind : kinds)
    if (kind->name == "room") rooms = kind->alive();
  to.gauge("rooms_active", "Rooms in memory.", rooms);
}

void add_refusals(metric_text& to, const engine& own) {
  to.family("limit_exceeded_total", "counter", "Times that something was refused, cut or ended because of a limit.");
  for (const auto& [limit, hits] : limit_hits()) to.sample(hits, {{"limit", limit}});
  const auto& at = own.at_doors;
  to.family("access_refused_total", "counter", "Requests, connections and commands that were refused where clients come in.");
  to.sample(at.refused_credentials, {{"reason", "credentials"}});
  to.sample(at.refused_permissions, {{"reason", "permissions"}});
  to.sample(at.refused_origins, {{"reason", "origin"}});
  to.sample(at.too_fast_addresses, {{"reason", "rate_of_address"}});
  to.sample(at.too_fast_callers, {{"reason", "rate_of_caller"}});
  to.sample(at.too_fast_clients, {{"reason", "rate_of_client"}});
  to.sample(own.crowded ? own.crowded() : 0, {{"reason", "connections_of_address"}});
  to.sample(at.refused_users, {{"reason", "connections_of_user"}});
  to.counter("quarantine_records_total", "Commands that were set aside.", own.quarantined);
  to.counter("quarantine_lost_total", "Those that could not be, for the quarantine was full or the disk failed.", own.not_quarantined);
  if (own.keys == nullptr) return;
  to.family("token_keys_refreshed_total", "counter", "Sets of token keys that were fetched.");
  to.sample(own.keys->refreshed, {{"result", "ok"}});
  to.sample(own.keys->failed, {{"result", "failed"}});
}

void add_warm_up(metric_text& to, const warm_up_progress& warmed) {
  to.gauge("warm_up_rooms", "Rooms to bring back into memory after the start.", warmed.rooms);
  to.gauge("warm_up_rooms_done", "Of these, those that are back.", warmed.rooms_done);
  to.gauge("warm_up_read_bytes", "Read for them.", warmed.bytes);
  to.gauge("warm_up_over", "1 when the warm-up has ended, done or out of time.", warmed.over ? 1 : 0);
}

}  // namespace

std::string_view metrics_content_type(metric_format as) noexcept {
  return as == metric_format::openmetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                          : "text/plain; version=0.0.4; charset=utf-8";
}

metric_format metrics_format_of(const transport::http_request& request) noexcept {
  return request.find("accept").find("application/openmetrics-text") == std::string_view::npos ? metric_format::prometheus
                                                                                               : metric_format::openmetrics;
}

std::string metrics_body(const engine& own, metric_format as, const leak_watcher& leaks) {
  metric_text text(as);
  add_process(text, own);
  add_http(text, own.http);
  add_connections(text, own);
  add_actors(text);
  if (own.queries != nullptr) add_database(text, *own.queries);
  add_cache(text, own.held.cache);
  add_memory(text, own);
  add_leaks(text, leaks);
  add_refusals(text, own);
  add_warm_up(text, own.warmed);
  return text.take();
}

}  // namespace tidewire
