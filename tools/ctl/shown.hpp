// What comes from outside, made fit for a terminal: names, keys and documents never move its cursor, change its title or turn its text
// round.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tidewire::ctl {

// Control characters (C0, DEL, C1), what is not UTF-8, and the characters that change the direction of text or are a line break of Unicode
// become visible escapes: \n, \x1b, \u202e. A backslash stays one.
std::string shown(std::string_view text);

// The same for JSON, which means what it meant: such characters stand in its strings only, and become \u001b there.
std::string shown_json(std::string_view json);

// At most so many characters; what is cut ends with "…".
std::string cut_to(std::string_view shown_text, std::size_t width);

// How many columns it takes, if no character takes two.
std::size_t width_of(std::string_view shown_text) noexcept;

// JSON over several lines, as shown_json().
std::string pretty_json(std::string_view json);

}  // namespace tidewire::ctl
