#include "actors/gateway/http_route.hpp"

#include <algorithm>
#include <array>

namespace tidewire {

namespace {

struct row {
  endpoint at;
  std::string_view methods;
  std::vector<std::string_view> parameters;
};

const std::array<row, 19>& table() {
  static const std::array<row, 19> rows{{
      {endpoint::none, "", {}},
      {endpoint::live, "GET, HEAD, OPTIONS", {"verbose", "exclude"}},
      {endpoint::ready, "GET, HEAD, OPTIONS", {"verbose", "exclude"}},
      {endpoint::events, "POST, OPTIONS", {}},
      {endpoint::batch, "POST, OPTIONS", {}},
      {endpoint::ingest, "POST, OPTIONS", {}},
      {endpoint::entities, "GET, HEAD, OPTIONS", {"type", "source", "state", "cursor", "limit", "fields"}},
      {endpoint::rooms, "GET, HEAD, OPTIONS", {"prefix", "cursor", "limit"}},
      {endpoint::room, "GET, HEAD, OPTIONS", {}},
      {endpoint::room_events, "POST, OPTIONS", {}},
      {endpoint::room_entities, "GET, HEAD, OPTIONS", {"cursor", "limit", "at", "fields", "type", "source", "state"}},
      {endpoint::room_entity, "GET, HEAD, PUT, PATCH, DELETE, OPTIONS", {"ttl", "at", "fields"}},
      {endpoint::room_history, "GET, HEAD, OPTIONS", {"since", "cursor", "limit", "reverse", "fields"}},
      {endpoint::room_presence, "GET, HEAD, OPTIONS", {}},
      {endpoint::room_messages, "POST, OPTIONS", {}},
      {endpoint::document, "GET, HEAD, OPTIONS", {}},
      {endpoint::server_api, "POST, OPTIONS", {}},
      {endpoint::problem, "GET, HEAD, OPTIONS", {}},
      {endpoint::asset, "GET, HEAD, OPTIONS", {}},
  }};
  return rows;
}

const row& row_of(endpoint at) { return table()[static_cast<std::size_t>(at)]; }

template <class Segments>
endpoint endpoint_of_segments(const Segments& path, std::size_t size) {
  if (size == 1 && path[0] == "livez") return endpoint::live;
  if (size == 1 && (path[0] == "readyz" || path[0] == "healthz")) return endpoint::ready;
  if (size == 2 && path[0] == "problems") return endpoint::problem;
  if (size == 0 || path[0] != "api") return endpoint::asset;
  if (size == 2 && path[1] != "v1" && !path[1].empty()) return endpoint::server_api;
  if (size < 3 || path[1] != "v1") return endpoint::none;
  if (size == 3 && path[2] == "health") return endpoint::ready;
  if (size == 3 && (path[2] == "openapi.json" || path[2] == "asyncapi.json")) return endpoint::document;
  if (size == 3 && path[2] == "events") return endpoint::events;
  if (size == 3 && path[2] == "batch") return endpoint::batch;
  if (size == 3 && path[2] == "ingest") return endpoint::ingest;
  if (size == 3 && path[2] == "entities") return endpoint::entities;
  if (path[2] != "rooms") return endpoint::none;
  if (size == 3) return endpoint::rooms;
  if (size == 4) return endpoint::room;
  if (size == 5 && path[4] == "events") return endpoint::room_events;
  if (size == 5 && path[4] == "entities") return endpoint::room_entities;
  if (size == 5 && path[4] == "history") return endpoint::room_history;
  if (size == 5 && path[4] == "presence") return endpoint::room_presence;
  if (size == 5 && path[4] == "messages") return endpoint::room_messages;
  if (size == 6 && path[4] == "entities") return endpoint::room_entity;
  return endpoint::none;
}

}  // namespace

endpoint endpoint_of(const api::request_target& target) { return endpoint_of_segments(target.segments, target.segments.size()); }

endpoint endpoint_of_path(std::string_view path) {
  std::array<std::string_view, 8> segments;  // more than any of ours has
  std::size_t size = 0;
  while (path.size() > 1 && size < segments.size()) {
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    segments[size++] = path.substr(0, end);
    path.remove_prefix(end);
  }
  return endpoint_of_segments(segments, size);
}

std::string_view methods_of(endpoint at) { return row_of(at).methods; }

bool takes(endpoint at, std::string_view method) {
  auto left = row_of(at).methods;
  while (!left.empty()) {
    const auto comma = left.find(", ");
    if (left.substr(0, comma) == method) return true;
    left = comma == std::string_view::npos ? std::string_view{} : left.substr(comma + 2);
  }
  return false;
}

const std::vector<std::string_view>& parameters_of(endpoint at) { return row_of(at).parameters; }

std::optional<room_action> action_of(endpoint at, std::string_view method) {
  switch (at) {
    case endpoint::room:
    case endpoint::room_entities: return room_action::subscribe;
    case endpoint::room_entity: return method == "GET" ? room_action::subscribe : room_action::publish;
    case endpoint::room_events:
    case endpoint::room_messages: return room_action::publish;
    case endpoint::room_history: return room_action::history;
    case endpoint::room_presence: return room_action::presence;
    case endpoint::events:  // the body names the room
    case endpoint::batch:   // and so it does here and there
    case endpoint::ingest:
    case endpoint::server_api:
    case endpoint::entities:  // shows those of rooms that may be read
    case endpoint::rooms:     // shows those that may be read
    case endpoint::document:
    case endpoint::problem:
    case endpoint::none:
    case endpoint::live:
    case endpoint::ready:
    case endpoint::asset: return std::nullopt;
  }
  return std::nullopt;
}

bool open_to_all(endpoint at) {
  return at == endpoint::live || at == endpoint::ready || at == endpoint::document || at == endpoint::problem || at == endpoint::asset;
}

}  // namespace tidewire
