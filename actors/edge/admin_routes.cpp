#include "actors/edge/admin_routes.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "actors/gateway/responses.hpp"

namespace tidewire {

namespace {

constexpr std::string_view reads = "GET, HEAD, OPTIONS";
constexpr std::string_view posts = "POST, OPTIONS";
constexpr std::string_view reads_and_deletes = "GET, HEAD, DELETE, OPTIONS";

constexpr std::array<admin_route, 35> table{{
    {"/", reads, "", true},
    {"/livez", reads, "verbose, exclude", true},
    {"/readyz", reads, "verbose, exclude", true},
    {"/metrics", reads, "", true},
    {"/problems/*", reads, ""},
    {"/api/v1/openapi.json", reads, ""},
    {"/api/v1/actors", reads, ""},
    {"/api/v1/limits", reads, ""},
    {"/api/v1/performance/actors", reads, "kind, name, sort, limit"},
    {"/api/v1/performance/hot", reads, "limit"},
    {"/api/v1/performance/memory", reads, ""},
    {"/api/v1/performance/database", reads, ""},
    {"/api/v1/performance/status", reads, ""},
    {"/api/v1/performance/trace", reads, "seconds, sample"},
    {"/api/v1/performance/profile/cpu", posts, "seconds"},
    {"/debug/pprof/profile", reads, "seconds"},
    {"/debug/pprof/heap", reads, "seconds"},
    {"/api/v1/websocket/metrics", reads, ""},
    {"/api/v1/access/metrics", reads, ""},
    {"/api/v1/logs", reads, "after, level, component, limit"},
    {"/api/v1/log-levels", "GET, HEAD, PUT, OPTIONS", ""},
    {"/api/v1/config", reads, ""},
    {"/api/v1/config/diff", reads, ""},
    {"/api/v1/config/reload", posts, ""},
    {"/api/v1/sessions", reads, "sort, user, behind, limit"},
    {"/api/v1/sessions/*", reads_and_deletes, ""},
    {"/api/v1/tree", reads, "limit"},
    {"/api/v1/tree/restart", posts, ""},
    {"/api/v1/rooms/*/passivate", posts, ""},
    {"/api/v1/backups", "GET, HEAD, POST, OPTIONS", ""},
    {"/api/v1/exports", posts, ""},
    {"/api/v1/exports/*", reads_and_deletes, "cursor"},
    {"/api/v1/quarantine", reads, "cursor, limit"},
    {"/api/v1/quarantine/*", reads_and_deletes, ""},
    {"/api/v1/quarantine/*/replay", posts, ""},
}};

bool lists(std::string_view all, std::string_view name) noexcept {
  while (!all.empty()) {
    const auto end = all.find(", ");
    if (all.substr(0, end) == name) return true;
    all = end == std::string_view::npos ? std::string_view{} : all.substr(end + 2);
  }
  return false;
}

}  // namespace

const admin_route* find_admin_route(const api::request_target& target) noexcept {
  const auto leads_to = [&](std::string_view path) {
    if (target.segments.empty()) return path == "/";
    for (const auto& segment : target.segments) {
      if (path.empty()) return false;
      path.remove_prefix(1);
      const auto wanted = path.substr(0, path.find('/'));
      if (wanted != "*" && wanted != segment) return false;
      path.remove_prefix(wanted.size());
    }
    return path.empty();
  };
  const auto found = std::ranges::find_if(table, leads_to, &admin_route::path);
  return found == table.end() ? nullptr : &*found;
}

std::optional<transport::http_response> answer_by_route(const admin_route& of, std::string_view method, const api::request_target& target) {
  if (method == "OPTIONS") return transport::http_response{204, {}, {{"allow", std::string(of.methods)}}, {}};
  if (!lists(of.methods, method)) {
    auto refusal = problem_response({errc::method_not_allowed, "this path takes " + std::string(of.methods)});
    refusal.headers.push_back({"allow", std::string(of.methods)});
    return refusal;
  }
  for (const auto& [name, value] : target.parameters)
    if (!of.others && !lists(of.parameters, name)) return problem_response({errc::bad_request, "unknown query parameter \"" + name + "\""});
  return std::nullopt;
}

}  // namespace tidewire
