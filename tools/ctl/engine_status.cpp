#include "tools/ctl/engine_status.hpp"

#include "schemas/protocol/json_object.hpp"
#include "tools/ctl/json_row.hpp"
#include "tools/ctl/progress.hpp"
#include "tools/ctl/shown.hpp"
#include "tools/ctl/text_table.hpp"

namespace tidewire::ctl {

namespace {

constexpr std::uint64_t mib = 1'048'576;
constexpr std::uint64_t process_bytes = 100 * mib;  // docs/operating.md, "Memory"
constexpr std::uint64_t connection_bytes = 4'096;   // an idle one
constexpr std::uint64_t quarantine_rows = 100;

bool is_nearly_full(const memory_row& part) { return part.limit > 0 && part.used >= part.limit - part.limit / 20; }

std::string percent(std::uint64_t part, std::uint64_t of) { return of == 0 ? "" : " (" + std::to_string(part * 100 / of) + " %)"; }

std::string set_aside_text(const engine_status& of) {
  if (of.quarantined == 1 && !of.more_quarantined) return "a change was set aside";
  return count_text(of.quarantined) + (of.more_quarantined ? " and more" : "") + " changes were set aside";
}

void assess_memory(const engine_status& of, std::vector<finding>& all) {
  for (const auto& part : of.parts) {
    if (!is_nearly_full(part)) continue;
    const auto says = bytes_text(part.used) + " of " + bytes_text(part.limit);
    if (part.name == "changes")
      all.push_back({verdict::warn, "memory: changes", says + ": more is published than the disk commits, and publishers are refused (429)",
                     "publish fewer at a time, or give [memory] budget more; look at the disk: tidectl doctor"});
    if (part.name == "outboxes")
      all.push_back({verdict::warn, "memory: outboxes", says + ": clients read too slowly, and miss changes that they make up for later",
                     "tidectl sessions --sort queued shows who; slow_consumer of the namespace says what is done"});
    if (part.name == "frames")
      all.push_back({verdict::warn, "memory: frames", says + ": frames are made faster than the I/O threads write them",
                     "give [io] threads more, or [memory] budget"});
  }
  for (const auto& component : of.growing)
    all.push_back({verdict::warn, "leak", component + " grows and does not stop",
                   "docs/operating.md, \"What grows and does not stop\", says what each name means"});
  const auto expected = of.budget + process_bytes + of.connections * connection_bytes;
  if (of.budget > 0 && of.resident > expected + expected / 4)
    all.push_back({verdict::warn, "memory", bytes_text(of.resident) + " are resident, far above the budget of " + bytes_text(of.budget),
                   "rooms in memory, HTTP bodies and connections are not in the budget: look at those first"});
}

void assess_counters(const engine_status& of, std::vector<finding>& all) {
  std::string who;
  for (const auto& each : of.actors)
    if (each.crashed > 0) who += (who.empty() ? "" : ", ") + each.kind + " " + count_text(each.crashed);
  if (!who.empty())
    all.push_back({verdict::note, "crashes", "actors died and were started again, since the start: " + who, "the log says why"});
  std::string names;
  for (const auto& [name, hits] : of.limits) names += (names.empty() ? "" : ", ") + name + " " + count_text(hits);
  if (!names.empty())
    all.push_back({verdict::note, "limits", "refused, cut or ended because of a limit, since the start: " + names,
                   "[limits] of the configuration, if these are meant to pass"});
  if (of.token_keys_failed > 0)
    all.push_back({verdict::note, "token keys", "could not be fetched " + count_text(of.token_keys_failed) + " times since the start",
                   "the log says why; tokens of known keys are still good"});
  if (of.disconnected > 0)
    all.push_back({verdict::note, "slow clients", count_text(of.disconnected) + " were disconnected as slow since the start", ""});
  if (of.credentials_refused > 0)
    all.push_back(
        {verdict::note, "credentials", count_text(of.credentials_refused) + " requests with none or bad ones since the start", ""});
}

}  // namespace

result<engine_status> read_status(admin_listener& admin) {
  engine_status made;
  const auto ready = admin.ask({"GET", "/readyz?verbose"});
  if (ready) take_readiness(made, *ready);
  if (!ready && ready.error().code != errc::unavailable) return tl::unexpected(ready.error());
  using taker = void (*)(engine_status&, std::string_view);
  constexpr std::pair<const char*, taker> parts[] = {
      {"/api/v1/performance/memory", take_memory},
      {"/api/v1/websocket/metrics", take_connections},
      {"/api/v1/actors", take_actors},
      {"/api/v1/limits", take_limits},
      {"/api/v1/access/metrics", take_access},
  };
  for (const auto& [path, take] : parts) {
    const auto answer = admin.ask({"GET", path});
    if (!answer) return tl::unexpected(ready ? answer.error() : ready.error());
    take(made, *answer);
  }
  // The quarantine is an actor: while the server starts or ends it may be away.
  if (const auto records = admin.ask({"GET", "/api/v1/quarantine?limit=" + std::to_string(quarantine_rows)}))
    take_quarantine(made, *records);
  return made;
}

void take_readiness(engine_status& into, std::string_view text) {
  into.ready = text.starts_with("ok");
  if (const auto at = text.find("warm-up: "); at != std::string_view::npos) {
    text.remove_prefix(at + 9);
    into.warm_up = text.substr(0, text.find('\n'));
  }
}

void take_memory(engine_status& into, std::string_view json) {
  const json_row row(json);
  into.budget = row.number("budget");
  into.held = row.number("held");
  into.resident = row.number("resident");
  into.growing.clear();
  const auto watch = row.inner("watch");
  for (const auto component : watch.list("suspected")) into.growing.push_back(text_of(component));
  into.parts.clear();
  const auto parts = row.inner("parts");
  for (const auto& [name, raw] : parts.members()) {
    const json_row part(raw);
    into.parts.push_back({name, part.number("used"), part.number("limit")});
  }
}

void take_connections(engine_status& into, std::string_view json) {
  const json_row row(json);
  into.connections = row.number("connections");
  const auto slow = row.inner("slow");
  into.behind = slow.number("behind");
  into.disconnected = slow.number("disconnected");
}

void take_actors(engine_status& into, std::string_view json) {
  into.actors.clear();
  const json_row kinds(json);
  for (const auto& [kind, raw] : kinds.members()) {
    const json_row row(raw);
    into.actors.push_back(
        {kind, row.number("started"), row.number("ended"), row.number("crashed"), row.number("handled"), row.number("refused")});
  }
}

void take_limits(engine_status& into, std::string_view json) {
  into.limits.clear();
  const json_row row(json);
  for (const auto& [name, raw] : row.members())
    if (const auto hits = json_unsigned(raw).value_or(0); hits > 0) into.limits.emplace_back(name, hits);
}

void take_access(engine_status& into, std::string_view json) {
  const json_row row(json);
  into.credentials_refused = row.inner("refused").number("credentials");
  into.addresses_refused = row.inner("connections_refused").number("addresses");
  into.token_keys_failed = row.inner("token_keys").number("failed");
}

void take_quarantine(engine_status& into, std::string_view json) {
  const json_row row(json);
  into.quarantined = row.list("data").size();
  into.more_quarantined = !row.text("next_cursor").empty();
}

std::vector<finding> assess(const engine_status& of) {
  std::vector<finding> all;
  if (!of.ready)
    all.push_back({verdict::fail, "readiness", "the server is not ready: it starts, or it ends",
                   "its log says which; clients come back by themselves"});
  if (of.quarantined > 0) all.push_back({verdict::warn, "quarantine", set_aside_text(of), "tidectl quarantine list"});
  if (of.behind > 0)
    all.push_back({of.behind * 20 > of.connections ? verdict::warn : verdict::note, "slow clients",
                   count_text(of.behind) + " of " + count_text(of.connections) + " connections are behind at this moment", ""});
  assess_memory(of, all);
  assess_counters(of, all);
  put_worst_first(all);
  return all;
}

std::string status_text(const engine_status& of, const std::string& address) {
  const auto all = assess(of);
  std::size_t wrong = 0;
  for (const auto& each : all) wrong += each.is >= verdict::warn;
  std::string out = shown(address) + (of.ready ? " is ready" : " is NOT READY");
  out +=
      wrong == 0 ? ", and nothing is wrong\n" : ": " + std::to_string(wrong) + (wrong == 1 ? " thing is wrong\n" : " things are wrong\n");
  out += findings_text(all);
  out += '\n';
  if (!of.warm_up.empty()) out += fact_line("warm-up", shown(of.warm_up));
  out += fact_line("connections", count_text(of.connections) + ", " + count_text(of.behind) + " behind");
  out += fact_line("memory", bytes_text(of.held) + " of " + bytes_text(of.budget) + percent(of.held, of.budget) + ", " +
                                 bytes_text(of.resident) + " resident");
  text_table parts{"  PART", ">USED", ">LIMIT"};
  for (const auto& each : of.parts) parts.add({"  " + shown(each.name), bytes_text(each.used), bytes_text(each.limit)});
  out += parts.text();
  text_table actors{"ACTORS", ">ALIVE", ">HANDLED", ">CRASHED"};
  for (const auto& each : of.actors)
    actors.add({shown(each.kind), count_text(each.alive()), count_text(each.handled), count_text(each.crashed)});
  return out + '\n' + actors.text();
}

std::string status_json(const engine_status& of) {
  std::string out;
  {
    protocol::json_object body(out);
    body.name("ready") += of.ready ? "true" : "false";
    body.name("findings") += findings_json(assess(of));
    body.string_unless_empty("warm_up", of.warm_up);
    body.number("connections", of.connections);
    body.number("behind", of.behind);
    {
      protocol::json_object memory(body.name("memory"));
      memory.number("budget", of.budget);
      memory.number("held", of.held);
      memory.number("resident", of.resident);
      protocol::json_object parts(memory.name("parts"));
      for (const auto& each : of.parts) {
        protocol::json_object part(parts.key(each.name));
        part.number("used", each.used);
        part.number("limit", each.limit);
      }
    }
    protocol::json_object actors(body.name("actors"));
    for (const auto& each : of.actors) {
      protocol::json_object row(actors.key(each.kind));
      row.number("alive", each.alive());
      row.number("handled", each.handled);
      row.number("crashed", each.crashed);
    }
  }
  return out;
}

}  // namespace tidewire::ctl
