// Who fills the rooms that operators watch, and by which name he is found.
#pragma once

#include <string>
#include <string_view>

#include "actors/interfaces.hpp"

namespace tidewire {

namespace role {
inline constexpr std::string_view live_desk = "live-desk";
}  // namespace role

// Hears which of these rooms somebody begins to watch, which are watched and by how many, and what it asked others for.
using live_desk_actor = caf::typed_actor<caf::reacts_to<std::string>, answers<audience_overview>, answers<protocol::presence_stats_result>,
                                         answers<std::string>, answers<published>, caf::reacts_to<tick_atom>>;

}  // namespace tidewire
