// MessagePack values (msgpack.org, spec of 2013) and the JSON of the same meaning:
//
//   JSON                                      MessagePack
//   null, true, false, string, array, object  nil, bool, str, array, map with str keys
//   number without fraction and exponent      int, in as few bytes as it takes
//   any other number                          float 64: the nearest there is
//
// Back likewise; a float, also of 32 bits, becomes the shortest text that gives the same double, with a fraction or an exponent ("1.0"), so
// that it stays one. bin, ext, other keys than str, NaN and infinities have no JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "schemas/result.hpp"

namespace tidewire::protocol {

// The value of JSON that came through the gate (json.hpp). Other text gives nil.
void append_msgpack_value(std::string& out, std::string_view json);

// What is not UTF-8 becomes U+FFFD.
void append_msgpack_string(std::string& out, std::string_view text);
void append_msgpack_bin(std::string& out, std::string_view bytes);
void append_msgpack_unsigned(std::string& out, std::uint64_t value);
void append_msgpack_true(std::string& out);

// A place for the header of a map or array, which is written when its size is known. msgpack_object.hpp calls these in pairs.
std::size_t reserve_msgpack_header(std::string& out);
void finish_msgpack_map(std::string& out, std::size_t header, std::uint32_t members);
void finish_msgpack_array(std::string& out, std::size_t header, std::uint32_t items);

// Appends the JSON of the first value in `bytes` and returns how many of them it took; the text has neither spaces nor line breaks. Costs
// memory by what is there, not by what headers announce. Errors: bad_request (cut short, no JSON for it, text that is not UTF-8, more than
// `depth_max` levels, where an empty map or array is no level).
result<std::size_t> append_json_of_msgpack(std::string& out, std::string_view bytes, std::size_t depth_max);

}  // namespace tidewire::protocol
