// The supervision tree as lines. Pure.
#pragma once

#include <string>
#include <string_view>

namespace tidewire::ctl {

// `node`: {"id","kind","phase","restarts","actor","children_total","children":[…]}. What is not running stands in capitals.
std::string tree_text(std::string_view node);

}  // namespace tidewire::ctl
