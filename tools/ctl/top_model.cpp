#include "tools/ctl/top_model.hpp"

#include "tools/ctl/json_row.hpp"

namespace tidewire::ctl {

namespace {

std::vector<std::string> copied(const std::vector<std::string_view>& rows) { return {rows.begin(), rows.end()}; }

}  // namespace

void take_kinds(top_sample& into, std::string_view json) {
  take_actors(into.status, json);
  into.kinds.clear();
  const json_row kinds(json);
  for (const auto& [kind, raw] : kinds.members()) {
    if (raw.size() < 2 || kind_of(raw) != json_kind::object) continue;
    std::string row = R"({"kind":)";
    append_json_string(row, kind);
    if (raw.size() > 2) row += ',';
    into.kinds.push_back(row += raw.substr(1));
  }
}

void take_hot(top_sample& into, std::string_view json) { into.rooms = copied(json_row(json).inner("rooms").list("data")); }

void take_actor_rows(top_sample& into, std::string_view json) { into.actors = copied(json_row(json).list("data")); }

void take_sessions(top_sample& into, std::string_view json) { into.clients = copied(json_row(json).list("data")); }

top_figures figures_between(const top_sample& before, const top_sample& now) {
  top_figures made;
  const auto seconds = now.at_s - before.at_s;
  // A server that was started again counts from zero.
  const auto rate = [&](std::string_view name) -> std::optional<double> {
    const auto from = before.numbers.sum(name);
    const auto to = now.numbers.sum(name);
    if (!from || !to || seconds <= 0 || *to < *from) return std::nullopt;
    return (*to - *from) / seconds;
  };
  const auto ms = [&](std::string_view name, double quantile) -> std::optional<double> {
    const auto found = now.numbers.quantile(name, quantile, before.numbers);
    return found ? std::optional(*found * 1'000) : std::nullopt;
  };
  made.publications = rate("rooms_publications_total");
  made.deliveries = rate("deliveries_total");
  made.missed = rate("deliveries_missed_total");
  made.requests = rate("http_requests_total");
  made.commits = rate("database_commits_total");
  made.http_p50_ms = ms("http_request_duration_seconds", 0.5);
  made.http_p99_ms = ms("http_request_duration_seconds", 0.99);
  made.commit_p50_ms = ms("database_commit_duration_seconds", 0.5);
  made.commit_p99_ms = ms("database_commit_duration_seconds", 0.99);
  if (const auto share = rate("process_cpu_seconds_total")) made.cpu_percent = *share * 100;
  made.rooms = now.numbers.sum("rooms_active");
  made.connections = now.numbers.sum("websocket_connections_active");
  if (!made.connections && now.problem.empty()) made.connections = static_cast<double>(now.status.connections);
  made.slow = now.numbers.sum("slow_clients");
  if (!made.slow && now.problem.empty()) made.slow = static_cast<double>(now.status.behind);
  made.queued_bytes = now.numbers.sum("outbox_queued_bytes");

  std::uint64_t handled_before = 0;
  std::uint64_t handled_now = 0;
  for (const auto& each : before.status.actors) handled_before += each.handled;
  for (const auto& each : now.status.actors) handled_now += each.handled;
  if (seconds > 0 && handled_before > 0 && handled_now >= handled_before)
    made.messages = static_cast<double>(handled_now - handled_before) / seconds;
  return made;
}

}  // namespace tidewire::ctl
