#include "actors/operators/live_view.hpp"

#include <algorithm>
#include <array>

namespace tidewire {

namespace {

struct known_room {
  std::string_view name;
  live_room of;
  std::string_view path;  // empty: there is no such request
  bool parameters = false;
};
constexpr std::array rooms{
    known_room{"overview", live_room::overview, ""},
    known_room{"log", live_room::log, ""},
    known_room{"tree", live_room::tree, "/api/v1/tree", true},
    known_room{"kinds", live_room::kinds, "/api/v1/actors"},
    known_room{"hot", live_room::hot, "/api/v1/performance/hot", true},
    known_room{"actors", live_room::actors, "/api/v1/performance/actors", true},
    known_room{"sessions", live_room::sessions, "/api/v1/sessions", true},
};
constexpr std::string_view prefix = "$sys:";

}  // namespace

std::optional<live_view> live_view::of_room(std::string_view name) {
  if (!name.starts_with(prefix)) return std::nullopt;
  name.remove_prefix(prefix.size());
  const auto base = name.substr(0, name.find_first_of("?/"));
  const auto rest = name.substr(base.size());
  const auto found = std::ranges::find(rooms, base, &known_room::name);
  if (found == rooms.end()) return std::nullopt;
  const bool one = rest.starts_with('/');
  if (one && (found->of != live_room::sessions || rest.size() == 1 || rest.find_first_of("?/", 1) != std::string_view::npos))
    return std::nullopt;
  if (!one && !rest.empty() && !found->parameters) return std::nullopt;
  return live_view{found->of, std::string(found->path).append(rest)};
}

}  // namespace tidewire
