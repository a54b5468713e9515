// What a room "$sys:…" shows, by its name. What stands behind its "?" are the parameters of the request whose answer it repeats:
//
//   $sys:overview                 what the server counts, how long commits and requests take, and its memory (actors/edge/overview.hpp)
//   $sys:log                      the lines of the log since the publication before: {"after": the last id of that one, "data", "last"}
//   $sys:tree ?limit              GET /api/v1/tree
//   $sys:kinds                    GET /api/v1/actors
//   $sys:hot ?limit               GET /api/v1/performance/hot
//   $sys:actors ?sort&kind&name&limit    GET /api/v1/performance/actors
//   $sys:sessions ?sort&user&behind&limit    GET /api/v1/sessions
//   $sys:sessions/{client}        GET /api/v1/sessions/{client}
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidewire {

enum class live_room : std::uint8_t { overview, log, tree, kinds, hot, actors, sessions };

struct live_view {
  live_room of = live_room::overview;
  std::string target{};  // of the request, where there is one

  // Nothing: no such room.
  static std::optional<live_view> of_room(std::string_view name);
};

}  // namespace tidewire
