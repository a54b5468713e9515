// Settings of a running server as text. Pure.
#pragma once

#include <string>
#include <string_view>

namespace tidewire::ctl {

// {"default":"info","components":{"storage":"debug"}}
std::string levels_text(std::string_view json);

// Any object, one "name = value" a line; what is within objects has dotted names.
std::string settings_text(std::string_view json);

// {"data":[{"key","running","file","restart"?}]}, or an object key → {"running","file"}; anything else as settings_text().
std::string differences_text(std::string_view json);

}  // namespace tidewire::ctl
