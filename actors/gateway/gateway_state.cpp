#include "actors/gateway/gateway_state.hpp"

#include <algorithm>
#include <utility>

#include "actors/gateway/event_headers.hpp"
#include "actors/gateway/extra_headers.hpp"
#include "actors/gateway/once.hpp"
#include "actors/gateway/page_files.hpp"
#include "actors/gateway/readable_pages.hpp"
#include "actors/gateway/responses.hpp"
#include "schemas/api/cursor.hpp"
#include "schemas/api/entity_request.hpp"
#include "schemas/api/etag.hpp"
#include "schemas/api/message_body.hpp"
#include "schemas/api/moment.hpp"
#include "schemas/api/publish_body.hpp"
#include "schemas/api/views.hpp"
#include "schemas/json.hpp"
#include "schemas/limit_hits.hpp"
#include "schemas/names.hpp"

namespace tidewire {

namespace {

constexpr std::size_t room_segment = 3;
constexpr std::size_t key_segment = 5;

bool reads(std::string_view method) { return method == "GET" || method == "HEAD" || method == "OPTIONS"; }

}  // namespace

gateway_state::gateway_state(const server_options& options, find_file files, gateway_port& port)
    : options_(options), files_(std::move(files)), port_(port) {}

void gateway_state::on_request(const transport::http_request& request, transport::http_responder_ptr responder, const rights* known) {
  const auto target = api::split_target(request.target);
  if (!target) return refuse(responder, target.error());
  const auto at = endpoint_of(*target);
  if (at == endpoint::none) return refuse(responder, {errc::unknown_room, "no such path"});
  if (request.method == "OPTIONS") return responder->answer({204, {}, preflight_headers(request, methods_of(at)), {}});
  if (!takes(at, request.method)) {
    auto refusal = problem_response({errc::method_not_allowed, "this path takes " + std::string(methods_of(at))});
    refusal.headers.push_back({"allow", std::string(methods_of(at))});
    return responder->answer(std::move(refusal));
  }
  rights who;
  if (known != nullptr) who = *known;
  if (known == nullptr && !let_in(request, at, responder, who)) return;
  for (const auto& [name, value] : target->parameters)
    if (at != endpoint::asset && std::ranges::find(parameters_of(at), name) == parameters_of(at).end())
      return refuse(responder, {errc::bad_request, "unknown query parameter \"" + name + "\""});
  auto caller = who.user;
  call from{request, *target, {}, std::move(caller), std::move(responder), std::move(who)};
  if (at != endpoint::asset && target->segments.size() > room_segment) {
    from.room = target->segments[room_segment];
    const auto named = reads(request.method) ? check_single_room(from.room, options_.limit.room_name_bytes_max)
                                             : check_publishable_room(from.room, options_.limit.room_name_bytes_max);
    if (!named) return refuse(from.responder, named.error());
    if (const auto what = action_of(at, request.method); what && !check(from, *what, from.room)) return;
    if (from.target.find("at") && !check(from, room_action::history, from.room)) return;
  }
  dispatch(at, from);
}

void gateway_state::dispatch(endpoint at, call& from) {
  switch (at) {
    case endpoint::live: return from.responder->answer(text_response("ok\n"));
    case endpoint::ready: return from.responder->answer(port_.ready() ? text_response("ok\n") : text_response("not ready\n", 503));
    case endpoint::events:
    case endpoint::room_events: return publish_body(from);
    case endpoint::batch: return publish_batch(from);
    case endpoint::ingest:
      return refuse(from.responder,
                    {errc::unsupported_media, "send application/x-ndjson in UTF-8: a publication that names its room in each line"});
    case endpoint::entities: return find_entities(from);
    case endpoint::rooms: return read_rooms(from);
    case endpoint::room: return read_room(from);
    case endpoint::room_entities: return read_entities(from);
    case endpoint::room_entity: return change_entity(from);
    case endpoint::room_history: return read_history(from);
    case endpoint::room_presence:
      if (!options_of(options_, from.room).presence)
        return refuse(from.responder, {errc::not_available, "this namespace keeps no presence"});
      return port_.ask_presence(expect(from, {}), from.room);
    case endpoint::room_messages: return tell_message(from);
    case endpoint::server_api: return port_.serve_api(from.request, std::move(from.may), std::move(from.responder));
    case endpoint::problem: return from.responder->answer(problem_page_response(from.target.segments.back()));
    case endpoint::document:
    case endpoint::asset:
    case endpoint::none: return serve_file(from);
  }
}

void gateway_state::serve_file(const call& from) {
  std::string path;
  for (const auto& segment : from.target.segments) path += '/' + segment;
  const auto found = is_of_console(path) ? std::nullopt : files_(path.empty() ? "/index.html" : path);
  if (!found) return refuse(from.responder, {errc::unknown_room, "no such path"});
  from.responder->answer(file_response(*found, from.request, "default-src 'self'"));
}

// ---- changes -------------------------------------------------------------------------------------------------------------

void gateway_state::publish_body(call& from) {
  auto body = api::parse_publish({from.request.find("content-type"), from.room, from.caller, event_headers(from.request)},
                                 from.request.body, options_.limit);
  if (!body) return refuse(from.responder, body.error());
  if (from.room.empty() && !body->room.empty() && !check(from, room_action::publish, body->room)) return;
  if (const auto once = apply_once(from.request, body->as_array ? "events" : "event", from.caller, options_.limit, body->operations); !once)
    return refuse(from.responder, once.error());
  if (body->operations.empty()) return from.responder->answer(json_response("[]"));
  pending details;
  details.room = body->room;
  details.as_array = body->as_array;
  const auto which = expect(from, std::move(details));
  port_.publish(which, body->room, {std::move(body->operations), std::nullopt, nullptr});
}

void gateway_state::change_entity(call& from) {
  const auto& request = from.request;
  const auto& key = from.target.segments[key_segment];
  pending details;
  const auto* ttl = from.target.find("ttl");
  if (reads(request.method) || from.target.find("fields"))
    if (const auto chosen = choose_fields(from, room_action::subscribe, details); !chosen) return refuse(from.responder, chosen.error());
  if (!reads(request.method) && from.target.find("at"))
    return refuse(from.responder, {errc::bad_request, "\"at\" is a parameter of GET: the past stays as it is"});
  if (!reads(request.method) && details.shown) return refuse(from.responder, {errc::bad_request, "\"fields\" is a parameter of GET"});
  if (reads(request.method)) {
    if (ttl != nullptr) return refuse(from.responder, {errc::bad_request, "\"ttl\" is a parameter of PUT and PATCH"});
    if (const auto named = check_key(key, options_.limit.key_bytes_max); !named) return refuse(from.responder, named.error());
    const auto at = past_of(from);
    if (!at) return refuse(from.responder, at.error());
    details.if_none_match = request.find("if-none-match");
    return port_.view_entity(expect(from, std::move(details)), from.room, key, *at);
  }
  auto what =
      api::parse_entity_request({request.method, key, request.find("content-type"), request.find("if-match"), request.find("if-none-match"),
                                 ttl == nullptr ? std::nullopt : std::optional<std::string_view>(*ttl)},
                                request.body, options_.limit);
  if (!what) {
    auto refusal = problem_response(what.error());
    if (request.method == "PATCH" && what.error().code == errc::unsupported_media)
      refusal.headers.push_back({"accept-patch", std::string(api::accept_patch)});
    return from.responder->answer(std::move(refusal));
  }
  details.put = what->kind == operation_kind::set;
  publish_request change;
  change.operations.push_back(std::move(*what));
  if (const auto once = apply_once(request, request.method, from.caller, options_.limit, change.operations); !once)
    return refuse(from.responder, once.error());
  const auto which = expect(from, std::move(details));
  port_.publish(which, from.room, std::move(change));
}

void gateway_state::on_published(ticket which, const result<published>& outcome) {
  const auto asked = take(which);
  if (!asked) return;
  if (asked->batch) return asked->batch->settle(asked->items, outcome);
  if (!outcome) return refuse(asked->responder, outcome.error());
  std::string body;
  const auto write = [&](const change_done& done) {
    api::write_publish_answer(body, {asked->room, outcome->epoch, done.offset, done.keyed});
  };
  if (asked->as_array) {
    api::array_writer rows(body);
    for (const auto& done : outcome->changes) {
      rows.row();
      write(done);
    }
    rows.close();
    return asked->responder->answer(json_response(std::move(body)));
  }
  const auto& done = outcome->changes.front();
  write(done);
  auto response = json_response(std::move(body), asked->put && done.created ? 201 : 200);
  if (done.keyed) response.headers.push_back({"etag", api::format_etag(outcome->epoch, done.offset)});
  asked->responder->answer(std::move(response));
}

void gateway_state::tell_message(call& from) {
  auto data = api::parse_message(from.request.find("content-type"), from.request.body, options_.limit);
  if (!data) return refuse(from.responder, data.error());
  port_.tell_message(expect(from, {}), from.room, std::move(*data));
}

void gateway_state::on_messaged(ticket which, const result<messaged>& outcome) {
  const auto asked = take(which, outcome);
  if (!asked) return;
  std::string body = R"({"receivers":)";
  append_json_unsigned(body, outcome->receivers);
  asked->responder->answer(json_response(body + '}'));
}

// ---- reads ---------------------------------------------------------------------------------------------------------------

result<std::size_t> gateway_state::limit_of(const call& from) const {
  const auto* given = from.target.find("limit");
  if (given == nullptr) return options_.limit.page_rows_default;
  const auto rows = json_unsigned(*given);
  if (!rows || *rows == 0 || exceeds<"page_rows_max">(*rows > options_.limit.page_rows_max))
    return fail(errc::bad_request, "limit must be a number from 1 to " + std::to_string(options_.limit.page_rows_max));
  return static_cast<std::size_t>(*rows);
}

// The moment that `at` names: an offset or a time.
result<std::optional<past_question>> gateway_state::past_of(const call& from) const {
  const auto* given = from.target.find("at");
  if (given == nullptr) return std::nullopt;
  const auto moment = api::parse_moment(*given);
  if (!moment) return tl::unexpected(moment.error());
  if (!moment->offset && moment->time_ms / 1000 > port_.now_s()) return fail(errc::bad_request, "\"at\" is a time to come");
  return past_question{{moment->offset, moment->time_ms}, options_.limit.past_publications_max};
}

void gateway_state::read_rooms(call& from) {
  const auto limit = limit_of(from);
  if (!limit) return refuse(from.responder, limit.error());
  const auto* prefix = from.target.find("prefix");
  const auto* cursor = from.target.find("cursor");
  const auto after = cursor ? api::open_cursor(api::listing::rooms, *cursor, options_.cursor_key) : std::string{};
  if (!after) return refuse(from.responder, after.error());
  pending details;
  details.limit = *limit;
  details.may = from.may;
  port_.list_rooms(expect(from, std::move(details)), prefix ? *prefix : std::string{}, *after,
                   *limit + 1);  // one more tells whether more follow
}

void gateway_state::on_rooms(ticket which, const result<std::vector<storage::named_room>>& rooms) {
  const auto asked = take(which, rooms);
  if (!asked) return;
  const auto shown = std::min(rooms->size(), asked->limit);
  std::string body;
  api::page_writer page(body);
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& each = (*rooms)[i];
    if (!may(options_, asked->may, room_action::subscribe, each.name)) continue;
    api::write_room(page.row(), {each.name, each.record.epoch, each.record.top, each.entities, std::nullopt});
  }
  page.close(rooms->size() > shown ? api::seal_cursor(api::listing::rooms, (*rooms)[shown - 1].name, options_.cursor_key) : std::string{});
  asked->responder->answer(json_response(std::move(body)));
}

// One room: where it stands, then how many watch it, for those who may know.
void gateway_state::read_room(call& from) {
  pending details;
  details.may = from.may;
  port_.load_room(expect(from, std::move(details)), from.room);
}

void gateway_state::on_room(ticket which, const result<std::optional<storage::named_room>>& seen) {
  auto asked = take(which, seen);
  if (!asked) return;
  if (!*seen) return refuse(asked->responder, {errc::unknown_room, "nothing was ever published to this room"});
  if (!may(options_, asked->may, room_action::presence, asked->room)) {
    std::string body;
    api::write_room(body, {asked->room, (*seen)->record.epoch, (*seen)->record.top, (*seen)->entities, std::nullopt});
    return asked->responder->answer(json_response(std::move(body)));
  }
  asked->seen = **seen;
  const auto room = asked->room;
  under_way_.emplace(which, std::move(*asked));
  port_.ask_presence_stats(which, room);
}

void gateway_state::on_presence_stats(ticket which, const result<protocol::presence_stats_result>& stats) {
  const auto asked = take(which, stats);
  if (!asked) return;
  std::string body;
  api::write_room(body, {asked->room, asked->seen.record.epoch, asked->seen.record.top, asked->seen.entities, stats->num_clients});
  asked->responder->answer(json_response(std::move(body)));
}

void gateway_state::on_presence(ticket which, const result<protocol::presence_result>& clients) {
  const auto asked = take(which, clients);
  if (!asked) return;
  std::string body = R"({"data":)";
  api::array_writer rows(body);
  for (const auto& each : clients->clients) {
    auto& row = rows.row();
    row += R"({"client":)";
    append_json_string(row, each.client);
    row += R"(,"user":)";
    append_json_string(row, each.user);
    if (!each.conn_info.empty()) row += R"(,"conn_info":)" + each.conn_info;
    row += '}';
  }
  rows.close();
  body += '}';
  asked->responder->answer(json_response(std::move(body)));
}

void gateway_state::on_entity(ticket which, const result<entity_view>& read) {
  const auto asked = take(which, read);
  if (!asked) return;
  const auto view = readable_view(asked->readable, *read);
  if (!view.document) return refuse(asked->responder, {errc::unknown_room, "no such entity"});
  const auto etag = api::format_etag(view.epoch, view.document->version);
  if (!asked->if_none_match.empty() && api::none_match_hits(asked->if_none_match, view.epoch, view.document->version))
    return asked->responder->answer({304, {}, {{"etag", etag}}, {}});
  std::string body;
  api::write_entity(body, *view.document, asked->shown ? &*asked->shown : nullptr);
  auto response = json_response(std::move(body));
  response.headers = {{"cache-control", "no-cache"}, {"etag", etag}};
  asked->responder->answer(std::move(response));
}

// ---- requests under way --------------------------------------------------------------------------------------------------

ticket gateway_state::expect(call& from, pending details) {
  details.responder = std::move(from.responder);
  details.due_ms = port_.steady_ms() + std::int64_t{options_.limit.request_timeout_s} * 1000;
  if (details.room.empty()) details.room = from.room;
  const auto which = ++last_ticket_;
  under_way_.emplace(which, std::move(details));
  return which;
}

std::optional<gateway_state::pending> gateway_state::take(ticket which) {
  auto found = under_way_.extract(which);
  if (found.empty()) return std::nullopt;
  return std::move(found.mapped());
}

void gateway_state::tick() {
  const auto now = port_.steady_ms();
  while (!under_way_.empty() && exceeds<"request_timeout_s">(under_way_.begin()->second.due_ms <= now)) {
    const auto late = std::move(under_way_.extract(under_way_.begin()).mapped());
    const failure why{errc::timeout, "the outcome is unknown; retry with the same id"};
    late.batch ? late.batch->settle(late.items, fail(why.code, why.detail)) : refuse(late.responder, why);
  }
}

}  // namespace tidewire
