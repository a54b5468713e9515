#include "actors/quarantine/quarantine_state.hpp"

#include <utility>

#include "actors/gateway/responses.hpp"
#include "actors/quarantine/quarantine_views.hpp"
#include "actors/supervision/log.hpp"
#include "schemas/api/cursor.hpp"
#include "schemas/api/fingerprint.hpp"
#include "schemas/digest.hpp"
#include "schemas/json.hpp"
#include "schemas/limit_hits.hpp"

namespace tidewire {

namespace {

constexpr std::size_t id_segment = 3;
constexpr std::size_t action_segment = 4;

// Ids that replaying gives to operations that came without one.
const std::string replay_scope{"quarantine\0", 11};

std::vector<operation> as_sent(std::vector<operation> operations) {
  for (auto& each : operations)
    if (each.once && each.once->scope == replay_scope) each.once.reset();
  return operations;
}

// An id may cover the operations behind its own.
std::vector<operation> made_idempotent(std::vector<operation> operations, const std::string& id) {
  std::size_t covered = 0;
  for (std::size_t i = 0; i < operations.size(); ++i) {
    auto& once = operations[i].once;
    if (once) covered = i + once->covers;
    if (!once && i >= covered) once = idempotency{replay_scope, id + "/" + std::to_string(i), id, 1};
  }
  return operations;
}

// What two attempts of the same sender have in common; empty: each is one of its own. The server's own changes stand under conditions.
std::string name_of(const std::string& room, const publish_request& request) {
  std::string text = room;
  std::size_t covered = 0;
  for (std::size_t i = 0; i < request.operations.size(); ++i) {
    const auto& each = request.operations[i];
    if (each.once) covered = i + each.once->covers;
    if (each.once && each.once->scope == replay_scope) return {};
    if (i >= covered && !request.by_server) return {};
    text.append(1, '\0').append(each.once ? each.once->scope + '\0' + each.once->id : api::fingerprint_of(each));
  }
  return sha256_hex(text);
}

transport::http_response wrong_method(const std::string& allowed) {
  auto refusal = problem_response({errc::method_not_allowed, "this path takes " + allowed});
  refusal.headers.push_back({"allow", allowed});
  return refusal;
}

}  // namespace

// ---- setting aside -------------------------------------------------------------------------------------------------------

void quarantine_state::handle(const deadly_command_ptr& deadly) {
  const auto& request = *deadly->request;
  if (keeping_.size() >= keeping_max) return on_kept({deadly, {}, {}}, fail(errc::too_many_requests, "too much is being set aside"));
  const auto& options = options_of(options_, deadly->room);
  auto name = name_of(deadly->room, request);
  auto as = earlier(request, name);
  if (as.id.empty()) as = {port_.new_id(), 0, options.kept == durability::memory};
  as.tries += deadly->tries;
  storage::dead_record record;
  record.id = as.id;
  record.room = deadly->room;
  record.operations = as_sent(request.operations);
  record.info = request.info;
  record.by_server = request.by_server;
  record.actor = deadly->actor;
  record.generation = deadly->of;
  record.error = deadly->died_of.error;
  record.backtrace = deadly->died_of.backtrace;
  record.tries = as.tries;
  record.time_ms = port_.now_ms();
  const auto which = ++last_ticket_;
  const bool memory = as.in_memory;
  keeping_.emplace(which, keeping{deadly, std::move(as), std::move(name)});
  port_.keep(which, memory, std::move(record), options.kept == durability::fsync);
}

// The record that this one renews; without id: there is none.
replayed_record quarantine_state::earlier(const publish_request& request, const std::string& name) const {
  if (request.replays) return *request.replays;
  const auto found = known_.find(name);
  return found == known_.end() ? replayed_record{} : found->second;
}

void quarantine_state::forget(const std::string& id) {
  std::erase_if(known_, [&](const auto& each) { return each.second.id == id; });
}

// Whoever sent it hears of it when the record is there to be found.
void quarantine_state::on_kept(const keeping& what, const result<dead_changed>& outcome) {
  const auto& deadly = *what.deadly;
  const auto died = "the change killed its " + deadly.actor + " " + std::to_string(deadly.tries) + " times and changed nothing";
  if (outcome) {
    ++counted_.kept;
    if (!what.name.empty() && (known_.contains(what.name) || known_.size() < options_.limit.quarantine_records_max))
      known_.insert_or_assign(what.name, what.as);
    log_of("quarantine").error("command quarantined id={} room={} actor={}", what.as.id, deadly.room, deadly.actor);
    return deadly.request->reply->answer(fail(errc::quarantined, died + "; it was set aside as " + what.as.id));
  }
  ++counted_.refused;
  log_of("quarantine").error("command not quarantined room={} actor={} cause=\"{}\"", deadly.room, deadly.actor, outcome.error().detail);
  deadly.request->reply->answer(fail(errc::internal, died + "; it could not be set aside: " + outcome.error().detail));
}

// ---- operators -----------------------------------------------------------------------------------------------------------

void quarantine_state::on_request(const transport::http_request& request, transport::http_responder_ptr responder) {
  const auto target = api::split_target(request.target);
  if (!target) return tidewire::refuse(responder, target.error());
  const auto& path = target->segments;
  const auto& method = request.method;
  if (path.size() == id_segment) {
    if (method != "GET") return responder->answer(wrong_method("GET, HEAD"));
    return read_list(*target, std::move(responder));
  }
  if (!target->parameters.empty()) return tidewire::refuse(responder, {errc::bad_request, "this path takes no parameters"});
  if (path.size() == action_segment) {
    if (method == "GET") return begin(wish::kind::show, path[id_segment], std::move(responder));
    if (method == "DELETE") return begin(wish::kind::discard, path[id_segment], std::move(responder));
    return responder->answer(wrong_method("GET, HEAD, DELETE"));
  }
  if (path.size() == action_segment + 1 && path[action_segment] == "replay") {
    if (method == "POST") return begin(wish::kind::replay, path[id_segment], std::move(responder));
    return responder->answer(wrong_method("POST"));
  }
  tidewire::refuse(responder, {errc::unknown_room, "no such path on the admin listener"});
}

void quarantine_state::read_list(const api::request_target& target, transport::http_responder_ptr responder) {
  storage::page_limit limit{options_.limit.page_rows_default, options_.limit.page_bytes_max};
  std::string after;
  for (const auto& [name, value] : target.parameters) {
    if (name == "cursor") {
      auto position = api::decode_cursor(api::listing::quarantine, value);
      if (!position) return tidewire::refuse(responder, position.error());
      after = std::move(*position);
    } else if (name == "limit") {
      const auto rows = json_unsigned(value);
      if (!rows || *rows == 0 || *rows > options_.limit.page_rows_max)
        return tidewire::refuse(responder,
                                {errc::bad_request, "limit must be a number from 1 to " + std::to_string(options_.limit.page_rows_max)});
      limit.rows = static_cast<std::size_t>(*rows);
    } else {
      return tidewire::refuse(responder, {errc::bad_request, "unknown query parameter \"" + name + "\""});
    }
  }
  port_.list(expect({.what = wish::kind::list, .responder = std::move(responder), .id = {}, .room = {}}), after, limit);
}

void quarantine_state::begin(wish::kind what, const std::string& id, transport::http_responder_ptr responder) {
  if (what == wish::kind::replay && !replaying_.insert(id).second)
    return tidewire::refuse(responder, {errc::conflict, "this record is being replayed"});
  port_.find(expect({.what = what, .responder = std::move(responder), .id = id, .room = {}}), id);
}

void quarantine_state::on_listed(ticket which, const result<dead_listing>& listed) {
  const auto asked = take(which);
  if (!asked) return;
  if (!listed) return refuse(*asked, listed.error());
  if (asked->responder) asked->responder->answer(json_response(quarantine_page(*listed, counted_.kept.load(), counted_.refused.load())));
}

void quarantine_state::on_found(ticket which, const result<std::optional<found_dead>>& found) {
  auto asked = take(which);
  if (!asked) return;
  if (!found) return refuse(*asked, found.error());
  if (!*found) return refuse(*asked, {errc::unknown_room, "the quarantine has no such record"});
  asked->in_memory = (*found)->in_memory;
  if (asked->what == wish::kind::replay) return replay(std::move(*asked), (*found)->record);
  if (asked->what == wish::kind::discard) {
    const auto id = asked->id;
    const bool in_memory = asked->in_memory;
    return port_.discard(expect(std::move(*asked)), in_memory, id);
  }
  if (asked->responder) asked->responder->answer(json_response(quarantine_record((*found)->record)));
}

void quarantine_state::replay(wish of, storage::dead_record record) {
  of.room = record.room;
  publish_request request;
  request.operations = made_idempotent(std::move(record.operations), record.id);
  request.info = std::move(record.info);
  request.by_server = record.by_server;
  request.replays = std::make_shared<const replayed_record>(replayed_record{record.id, record.tries, of.in_memory});
  port_.publish(expect(std::move(of)), record.room, std::move(request));
}

// Nobody is told of a success before the record is gone, or could not go.
void quarantine_state::on_published(ticket which, const result<published>& outcome) {
  auto asked = take(which);
  if (!asked) return;
  if (!outcome) return refuse(*asked, outcome.error());
  asked->replayed = *outcome;
  const auto id = asked->id;
  const bool in_memory = asked->in_memory;
  port_.discard(expect(std::move(*asked)), in_memory, id);
}

void quarantine_state::on_changed(ticket which, const result<dead_changed>& outcome) {
  if (const auto kept = keeping_.extract(which); !kept.empty()) return on_kept(kept.mapped(), outcome);
  if (auto asked = take(which)) on_discarded(std::move(*asked), outcome);
}

void quarantine_state::on_discarded(wish of, const result<dead_changed>& outcome) {
  if (!outcome) {
    const std::string done =
        of.replayed ? "the change was applied, but its record stays; it may be discarded, or replayed without harm: " : "";
    return refuse(of, {outcome.error().code, done + outcome.error().detail});
  }
  replaying_.erase(of.id);
  forget(of.id);
  if (!of.responder) return;
  if (of.replayed) return of.responder->answer(json_response(replay_answer(of.id, of.room, *of.replayed)));
  of.responder->answer({204, {}, {{"cache-control", "no-store"}}, {}});
}

// ---- wishes under way ----------------------------------------------------------------------------------------------------

ticket quarantine_state::expect(wish of) {
  if (of.due_ms == 0) of.due_ms = port_.steady_ms() + std::int64_t{options_.limit.request_timeout_s} * 1000;
  const auto which = ++last_ticket_;
  wishes_.emplace(which, std::move(of));
  return which;
}

std::optional<quarantine_state::wish> quarantine_state::take(ticket which) {
  auto found = wishes_.extract(which);
  if (found.empty()) return std::nullopt;
  return std::move(found.mapped());
}

void quarantine_state::refuse(const wish& of, const failure& why) {
  if (of.what == wish::kind::replay) replaying_.erase(of.id);
  if (of.responder) tidewire::refuse(of.responder, why);
}

// What was begun goes on: all that is asked is answered some time.
void quarantine_state::tick() {
  const auto now = port_.steady_ms();
  for (auto& [which, each] : wishes_)
    if (exceeds<"request_timeout_s">(each.responder && each.due_ms <= now))
      tidewire::refuse(std::exchange(each.responder, nullptr), {errc::timeout, "it is still being done; look again"});
}

}  // namespace tidewire
