#include "actors/edge/admin.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "actors/edge/actor_views.hpp"
#include "actors/edge/admin_routes.hpp"
#include "actors/edge/log_views.hpp"
#include "actors/edge/metrics.hpp"
#include "actors/edge/performance.hpp"
#include "actors/edge/start_session.hpp"
#include "actors/gateway/access.hpp"
#include "actors/gateway/page_files.hpp"
#include "actors/gateway/responses.hpp"
#include "actors/ops/token_key_source.hpp"
#include "actors/supervision/actor_stats.hpp"
#include "actors/supervision/fault_switch.hpp"
#include "schemas/access/operators.hpp"
#include "schemas/json.hpp"
#include "schemas/limit_hits.hpp"
#include "schemas/protocol/json_object.hpp"
#include "transport/io_threads.hpp"
#include "transport/origin.hpp"

namespace tidewire {

namespace {

constexpr std::string_view quarantine_path = "/api/v1/quarantine";
constexpr std::string_view tree_path = "/api/v1/tree";
constexpr std::string_view problems_path = "/problems";
// It has buttons that heal: no other page may put it into a frame.
constexpr std::string_view console_policy = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

// What clients and integrations have, too.
constexpr std::array<std::string_view, 4> room_paths{"/api/v1/rooms", "/api/v1/entities", "/api/v1/events", "/api/v1/batch"};

std::shared_ptr<const rights> operators_rights() {
  static const auto all = std::make_shared<const rights>(rights_of_operators());
  return all;
}

std::string_view token_of(const transport::http_request& request) {
  const auto shown = api_key_of(request);
  return shown.empty() ? bearer_token(request) : shown;
}

std::string_view path_of(const transport::http_request& request) {
  return std::string_view(request.target).substr(0, request.target.find('?'));
}

bool is_below(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

// "127.0.0.1:8001", "[::1]:8001", "localhost:8001".
bool is_plain_address(std::string_view host) {
  if (host.starts_with('[')) return true;
  const auto name = host.substr(0, host.rfind(':'));
  return name == "localhost" || name.find_first_not_of("0123456789.") == std::string_view::npos;
}

// What explains a refusal is for whoever was refused, and the probes are for whoever keeps the process alive.
bool needs_no_token(std::string_view path) { return path == "/" || path == "/livez" || path == "/readyz" || is_below(path, problems_path); }

void answer_view(const api::request_target& target, const transport::http_responder_ptr& responder, auto make) {
  auto body = make(target);
  if (!body) return refuse(responder, body.error());
  responder->answer(json_response(std::move(*body)));
}

std::string limits_body() {
  std::string body;
  {
    protocol::json_object all(body);
    for (const auto& [name, hits] : limit_hits()) all.number(name, hits);
  }
  return body;
}

}  // namespace

void admin::on_http(transport::http_request request, transport::http_responder_ptr responder) {
  if (serve_console(request, responder)) return;
  if (!let_in(request, responder)) return;
  const auto target = api::split_target(request.target);
  if (!target) return refuse(responder, target.error());
  const auto* route = find_admin_route(*target);
  if (route == nullptr) return serve_others(std::move(request), std::move(responder));
  if (auto answered = answer_by_route(*route, request.method, *target)) return responder->answer(std::move(*answered));
  const auto path = route->path;
  if (serve_views(request, path, *target, responder)) return;
  if (is_below(path, "/api/v1/sessions")) {
    auto desk = own_.roles.ref<session_desk_actor>(role::session_desk);
    return mail(desk, std::make_shared<http_inbound>(http_inbound{std::move(request), std::move(responder)}));
  }
  if (is_below(path, tree_path) || is_below(path, "/api/v1/rooms")) {
    auto desk = own_.roles.ref<operator_desk_actor>(role::operator_desk);
    return mail(desk, std::make_shared<http_inbound>(http_inbound{std::move(request), std::move(responder)}));
  }
  if (is_below(path, quarantine_path)) {
    auto quarantine = own_.roles.ref<quarantine_actor>(role::quarantine);
    return mail(quarantine, std::make_shared<http_inbound>(http_inbound{std::move(request), std::move(responder)}));
  }
  if (jobs_.take(request, responder) || profiler_.take(request, responder)) return;
  refuse(responder, {errc::unknown_room, "no such path on the admin listener"});
}

// What it answers by itself, whatever the actors do.
bool admin::serve_views(const transport::http_request& request, std::string_view path, const api::request_target& asked,
                        const transport::http_responder_ptr& responder) const {
  if (path == "/api/v1/log-levels") return responder->answer(log_levels(request)), true;
  if (is_below(path, "/api/v1/config")) return serve_config(request, path, responder);
  if (request.method != "GET") return false;
  if (path == "/livez") return responder->answer(text_response("ok\n")), true;
  if (path == "/readyz") return responder->answer(readiness(asked.find("verbose") != nullptr)), true;
  if (path == "/metrics") return responder->answer(metrics(request)), true;
  if (is_below(path, problems_path)) return responder->answer(problem_page_response(asked.segments.back())), true;
  if (path == "/api/v1/performance/memory") return responder->answer(json_response(memory_body(own_, leaks_))), true;
  if (path == "/api/v1/performance/database") return responder->answer(json_response(database_body(own_))), true;
  if (path == "/api/v1/performance/status") return responder->answer(json_response(status_body(own_, leaks_))), true;
  if (path == "/api/v1/websocket/metrics") return responder->answer(json_response(websocket_body())), true;
  if (path == "/api/v1/access/metrics") return responder->answer(json_response(access_body())), true;
  if (path == "/api/v1/openapi.json") return responder->answer(document(request)), true;
  if (path == "/api/v1/actors") return responder->answer(json_response(actor_kinds_body())), true;
  if (path == "/api/v1/limits") return responder->answer(json_response(limits_body())), true;
  if (path == "/api/v1/performance/actors") return answer_view(asked, responder, actor_list_body), true;
  if (path == "/api/v1/performance/hot")
    return answer_view(asked, responder, [&](const api::request_target& what) { return hot_body(own_, what); }), true;
  if (path == "/api/v1/logs") return answer_view(asked, responder, log_body), true;
  return false;
}

// Rooms, and the switch of tests.
void admin::serve_others(transport::http_request request, transport::http_responder_ptr responder) const {
  const auto path = path_of(request);
  if (std::ranges::any_of(room_paths, [&](std::string_view folder) { return is_below(path, folder); })) {
    auto gateway = own_.roles.ref<gateway_actor>(role::gateway);
    return mail(gateway, std::make_shared<http_inbound>(http_inbound{std::move(request), std::move(responder), operators_rights()}));
  }
  if (own_.options.test_faults && request.method == "POST" && path == "/test/faults") return responder->answer(arm_faults(request.body));
  refuse(responder, {errc::unknown_room, "no such path on the admin listener"});
}

// Browsers let pages of any site send requests, and say so by the origin. And a name that leads to this machine makes a page of any site
// one of ours: browsers are served by address, where no token keeps them out.
result<void> admin::check_page(const transport::http_request& request) const {
  if (!transport::is_allowed_origin(request, {})) {
    ++own_.at_doors.refused_origins;
    return fail(errc::permission_denied, "pages of other origins may not ask the operators' listener");
  }
  const bool from_browser = !request.find("origin").empty() || !request.find("sec-fetch-site").empty();
  if (!from_browser || !own_.options.admin_token_hash.empty() || is_plain_address(request.find("host"))) return {};
  return fail(errc::permission_denied, "open this by its address, or set admin_token_hash: under a name, any site could be this one");
}

// Who may open a socket's file needs no token.
result<void> admin::check_token(const transport::http_request& request) const {
  const auto shown = token_of(request);
  if (request.peer == transport::unix_peer || shows_operators_token(own_.options.admin_token_hash, shown)) return {};
  ++own_.at_doors.refused_credentials;
  return fail(errc::unauthorized, shown.empty() ? "operators show a token here: Authorization: Bearer …" : "no such operator's token");
}

bool admin::let_in(const transport::http_request& request, const transport::http_responder_ptr& responder) const {
  auto checked = needs_no_token(path_of(request)) ? result<void>{} : check_token(request);
  if (checked) checked = check_page(request);
  if (!checked) refuse(responder, checked.error());
  return checked.has_value();
}

// Browsers can't say headers with it: who has shown no token here shows it when he connects. On the engine's threads.
std::unique_ptr<transport::outbox_listener> admin::on_websocket(const transport::http_request& upgrade, transport::outbox_ptr out,
                                                                transport::http_response& refusal) {
  if (path_of(upgrade) != websocket_path) return nullptr;
  const bool later = token_of(upgrade).empty() && upgrade.peer != transport::unix_peer;
  auto checked = later ? result<void>{} : check_token(upgrade);
  if (checked) checked = check_page(upgrade);
  if (!checked) {
    refusal = problem_response(checked.error());
    return nullptr;
  }
  auto link = std::make_shared<session_link>(std::move(out), nullptr, dialect_of(upgrade));
  link->came_as_operator(later ? operator_entry::shows_token : operator_entry::known);
  start_session(own_, link);
  return std::make_unique<session_listener>(std::move(link));
}

transport::http_response admin::metrics(const transport::http_request& request) const {
  const auto as = metrics_format_of(request);
  return {200, std::string(metrics_content_type(as)), {{"cache-control", "no-store"}, {"vary", "accept"}}, metrics_body(own_, as, leaks_)};
}

bool admin::serve_config(const transport::http_request& request, std::string_view path,
                         const transport::http_responder_ptr& responder) const {
  const bool reads = request.method == "GET";
  const auto body = reads && path == "/api/v1/config"                             ? config_body(config_, own_.options)
                    : reads && path == "/api/v1/config/diff"                      ? config_diff_body(config_)
                    : request.method == "POST" && path == "/api/v1/config/reload" ? config_reload_body(config_)
                                                                                  : result<std::string>(std::string());
  if (body && body->empty()) return false;
  responder->answer(body ? json_response(*body) : problem_response(body.error()));
  return true;
}

transport::http_response admin::log_levels(const transport::http_request& request) const {
  if (request.method == "GET") return json_response(log_levels_body());
  auto changed = change_log_level(request.body, own_.options.limit);
  return changed ? json_response(std::move(*changed)) : problem_response(changed.error());
}

transport::http_response admin::document(const transport::http_request& request) const {
  const auto found = files_("/admin/openapi.json");
  if (!found) return problem_response({errc::unknown_room, "this server was built without its documents"});
  return file_response(*found, request, console_policy);
}

transport::http_response admin::readiness(bool verbose) const {
  std::string text = own_.ready ? "ok\n" : "not ready\n";
  if (verbose) {
    text += own_.warmed.over ? "warm-up: over, " : "warm-up: ";
    text += std::to_string(own_.warmed.rooms_done) + " of " + std::to_string(own_.warmed.rooms) + " rooms\n";
  }
  return text_response(text, own_.ready ? 200 : 503);
}

// It asks for the token itself, so its files are for everybody.
bool admin::serve_console(const transport::http_request& request, const transport::http_responder_ptr& responder) const {
  const auto path = path_of(request);
  const auto file = request.method == "GET" ? console_file(path) : std::string_view();
  if (file.empty()) return false;
  const auto found = files_(file);
  responder->answer(found ? file_response(*found, request, console_policy)
                          : problem_response({errc::unknown_room, "this server has no such file of the console"}));
  return true;
}

std::string admin::websocket_body() const {
  const auto peers = own_.io.slow();
  std::string body;
  {
    protocol::json_object all(body);
    all.number("connections", own_.connections());
    all.number("deflated_bytes", own_.deflated);
    protocol::json_object slow(all.name("slow"));
    slow.number("behind", peers.behind);
    slow.number("missed", peers.missed);
    slow.number("resumed", own_.resumed);
    slow.number("resynchronised", own_.resynchronised);
    slow.number("messages_dropped", peers.spared);
    slow.number("disconnected", peers.disconnected);
  }
  return body;
}

std::string admin::access_body() const {
  const auto& at = own_.at_doors;
  std::string body;
  {
    protocol::json_object all(body);
    {
      protocol::json_object refused(all.name("refused"));
      refused.number("credentials", at.refused_credentials);
      refused.number("permissions", at.refused_permissions);
      refused.number("origins", at.refused_origins);
    }
    {
      protocol::json_object limited(all.name("rate_limited"));
      limited.number("addresses", at.too_fast_addresses);
      limited.number("callers", at.too_fast_callers);
      limited.number("clients", at.too_fast_clients);
    }
    {
      protocol::json_object crowded(all.name("connections_refused"));
      crowded.number("addresses", own_.crowded ? own_.crowded() : 0);
      crowded.number("users", at.refused_users);
    }
    protocol::json_object keys(all.name("token_keys"));
    keys.number("refreshed", own_.keys == nullptr ? 0 : own_.keys->refreshed.load());
    keys.number("failed", own_.keys == nullptr ? 0 : own_.keys->failed.load());
  }
  return body;
}

transport::http_response admin::arm_faults(std::string_view body) const {
  const auto text = canonical_json(body, own_.options.limit);
  if (!text) return problem_response(text.error());
  const auto members = json_members(*text);
  if (!members) return problem_response(members.error());
  std::optional<std::string> kind;
  std::optional<std::string> key;
  std::optional<std::uint64_t> messages;
  for (const auto& each : *members) {
    if (each.name == "kind") kind = json_string(each.raw);
    if (each.name == "key") key = json_string(each.raw);
    if (each.name == "messages") messages = json_unsigned(each.raw);
  }
  if (!kind || !messages || *messages > 1'000'000)
    return problem_response({errc::bad_request, R"(say {"kind": "room", "messages": 1}, and perhaps a "key")"});
  const auto times = static_cast<std::uint32_t>(*messages);
  key ? fault_switch::arm(*kind, *key, times) : fault_switch::arm(*kind, times);
  return json_response("{}");
}

}  // namespace tidewire
