// Deltas in the format of the Fossil version control system, as the client protocol sends them: what has to be copied from an older text
// and what is new, to make a newer one.
//
//   delta = length "\n" (length "@" offset ","  |  length ":" bytes)* checksum ";"        numbers in base 64, digits 0-9 A-Z _ a-z ~
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tidewire {

// Nothing, if it would not be shorter than `target`. Both are UTF-8, and so is the delta: it never splits a code point. Takes time and
// memory in proportion to the length of both. Any thread.
std::optional<std::string> make_fossil_delta(std::string_view base, std::string_view target);

}  // namespace tidewire
