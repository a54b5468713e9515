// JSON as raw text (RFC 8259): validated once where it enters, then sliced and joined without being taken apart.
// Nothing here keeps state that callers can see; every function may be called from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/limits.hpp"
#include "schemas/result.hpp"

namespace tidewire {

// ---- The gate: text from outside becomes JSON that other clients may be sent.

// `text` if it is valid UTF-8 and exactly one JSON value within the limits, in the publisher's own bytes: white space around it is cut, and
// only if a raw line break stands inside, all white space between its tokens goes. Numbers must fit 64 bits or a finite double.
// Errors: payload_too_large beyond document_bytes_max, bad_request otherwise (syntax, UTF-8, more than json_depth_max levels, where an
// empty object or array is no level).
result<std::string> canonical_json(std::string_view text, const limits& bounds);

// The same check alone, without the copy; white space and line breaks may stand anywhere between tokens.
result<void> validate_json(std::string_view text, const limits& bounds);

// ---- Slices of JSON that came through the gate.
// They point into their argument. Text that is not JSON gives a failure or nonsense inside its own bounds, never undefined behaviour.

enum class json_kind : std::uint8_t { object, array, string, number, boolean, null };

// By the first character. REQUIRES: not empty, no white space in front (as every raw value below).
json_kind kind_of(std::string_view raw) noexcept;

struct json_member {
  std::string name;      // unescaped
  std::string_view raw;  // the value's text
};

// The members of an object in their order; of a repeated name the last value counts. Errors: bad_request if it is no object.
result<std::vector<json_member>> json_members(std::string_view object);

// The elements of an array. Errors: bad_request if it is no array.
result<std::vector<std::string_view>> json_elements(std::string_view array);

// The value of a raw scalar, or nothing if it is of another kind or out of range. Integers have no fraction and no exponent.
std::optional<std::string> json_string(std::string_view raw);  // unescaped; a lone surrogate becomes U+FFFD
std::optional<bool> json_boolean(std::string_view raw) noexcept;
std::optional<std::uint64_t> json_unsigned(std::string_view raw) noexcept;
std::optional<std::int64_t> json_signed(std::string_view raw) noexcept;
std::optional<double> json_number(std::string_view raw) noexcept;

// Whether two raw values are the same by RFC 6902 §4.6: numbers by their value, exactly; strings by their characters; members in any order.
bool json_equal(std::string_view left, std::string_view right);

// ---- Output.

// Appends `text` quoted and escaped. What is not UTF-8 becomes U+FFFD, so the result is always valid JSON without a line break.
void append_json_string(std::string& out, std::string_view text);
void append_json_unsigned(std::string& out, std::uint64_t value);

}  // namespace tidewire
