// The paths of the HTTP interface for integrations (docs/http.md), as data.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "schemas/access/room_grants.hpp"
#include "schemas/api/uri.hpp"

namespace tidewire {

enum class endpoint : std::uint8_t {
  none,
  live,           // /livez
  ready,          // /readyz, /healthz, /api/v1/health
  events,         // /api/v1/events
  batch,          // /api/v1/batch
  ingest,         // /api/v1/ingest, of what is no stream of changes (edge/ingest_endpoint.hpp)
  entities,       // /api/v1/entities
  rooms,          // /api/v1/rooms
  room,           // /api/v1/rooms/{room}
  room_events,    // …/events
  room_entities,  // …/entities
  room_entity,    // …/entities/{key}
  room_history,   // …/history
  room_presence,  // …/presence
  room_messages,  // …/messages
  document,       // /api/v1/openapi.json, /api/v1/asyncapi.json
  server_api,     // /api/{method}, of Centrifugo
  problem,        // /problems/{slug}
  asset,          // anything else outside /api: the page
};

// What a path names. The room is segment 3, the key segment 5.
endpoint endpoint_of(const api::request_target& target);
// The same of a path as it came, whose percent-encoding is not looked through.
endpoint endpoint_of_path(std::string_view path);

// The methods it takes, as in the field Allow.
std::string_view methods_of(endpoint at);
bool takes(endpoint at, std::string_view method);

// The query parameters it knows; any other is refused by name.
const std::vector<std::string_view>& parameters_of(endpoint at);

// What one must be allowed to do in its room. Nothing: it has no room of its own.
std::optional<room_action> action_of(endpoint at, std::string_view method);

// Answers without credentials.
bool open_to_all(endpoint at);

}  // namespace tidewire
