#include "schemas/json.hpp"

#include <simdjson.h>

#include <algorithm>
#include <cassert>
#include <charconv>
#include <system_error>
#include <unordered_map>

#include "schemas/json_cursor.hpp"
#include "schemas/limit_hits.hpp"
#include "schemas/utf8.hpp"

namespace tidewire {
namespace {

constexpr std::size_t parser_bytes_min = 4'096;
constexpr std::size_t linear_members_max = 16;                // up to here a search beats a hash table
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";  // some versions of simdjson skip it, some refuse it

// The document model and not the on-demand front end: that one does not validate what it skips.
simdjson::error_code parse(std::string_view text, std::size_t depth_max) {
  thread_local simdjson::dom::parser parser;
  if (parser.max_depth() != depth_max + 1) {  // simdjson refuses at its maximum, we beyond it
    if (const auto error = parser.allocate(std::max(parser.capacity(), parser_bytes_min), depth_max + 1)) return error;
  }
  return parser.parse(text.data(), text.size()).error();
}

std::string_view trim(std::string_view text) noexcept {
  constexpr std::string_view space = " \t\r\n";
  const auto first = text.find_first_not_of(space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(space) - first + 1);
}

template <class Number>
std::optional<Number> parse_number(std::string_view raw) noexcept {
  if (raw.empty() || raw.back() < '0' || raw.back() > '9') return std::nullopt;  // "inf" and "nan" are no JSON
  Number value{};
  const auto [end, error] = std::from_chars(raw.data(), raw.data() + raw.size(), value);
  if (error != std::errc{} || end != raw.data() + raw.size()) return std::nullopt;
  return value;
}

// Four hexadecimal digits at `at`, or nothing.
std::optional<std::uint32_t> code_unit(std::string_view text, std::size_t at) noexcept {
  if (at + 4 > text.size()) return std::nullopt;
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + 4, value, 16);
  if (error != std::errc{} || end != text.data() + at + 4) return std::nullopt;
  return value;
}

// Appends what \uXXXX at `at` (its first digit) stands for and returns the position behind, a low surrogate included; 0 if malformed.
std::size_t unescape_unicode(std::string_view text, std::size_t at, std::string& out) {
  const auto unit = code_unit(text, at);
  if (!unit) return 0;
  at += 4;
  if (*unit >= 0xD800 && *unit < 0xDC00 && text.substr(at, 2) == "\\u") {
    const auto low = code_unit(text, at + 2);
    if (low && *low >= 0xDC00 && *low < 0xE000) {
      append_utf8(out, 0x10000 + ((*unit - 0xD800) << 10) + (*low - 0xDC00));
      return at + 6;
    }
  }
  append_utf8(out, *unit);
  return at;
}

// The one character that a short escape stands for; NUL if there is no such escape.
char short_escape(char c) noexcept {
  switch (c) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case '"':
    case '\\':
    case '/': return c;
    default: return '\0';
  }
}

void append_escaped(std::string& out, char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  const auto code = static_cast<unsigned char>(c);
  assert(code < 0x20);
  out += "\\u00";
  out += digits[code >> 4];
  out += digits[code & 0xF];
}

bool is_plain(char c) noexcept {
  return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x80 && c != '"' && c != '\\';
}

}  // namespace

result<void> validate_json(std::string_view text, const limits& bounds) {
  if (exceeds<"document_bytes_max">(text.size() > bounds.document_bytes_max)) {
    return fail(errc::payload_too_large, "the JSON text is longer than " + std::to_string(bounds.document_bytes_max) + " bytes");
  }
  if (text.empty()) return fail(errc::bad_request, "JSON expected, nothing found");
  if (text.starts_with(byte_order_mark)) return fail(errc::bad_request, "JSON must not begin with a byte order mark");
  if (const auto error = parse(text, bounds.json_depth_max)) {
    exceeds<"json_depth_max">(error == simdjson::DEPTH_ERROR);
    return fail(errc::bad_request, std::string("invalid JSON: ") + simdjson::error_message(error));
  }
  return {};
}

result<std::string> canonical_json(std::string_view text, const limits& bounds) {
  text = trim(text);
  if (const auto valid = validate_json(text, bounds); !valid) return tl::unexpected(valid.error());
  if (text.find('\n') == std::string_view::npos && text.find('\r') == std::string_view::npos) return std::string(text);
  std::string minified(text.size() + simdjson::SIMDJSON_PADDING, '\0');
  std::size_t size = 0;
  const auto error = simdjson::minify(text.data(), text.size(), minified.data(), size);
  assert(!error);  // the text is valid
  minified.resize(size);
  return minified;
}

json_kind kind_of(std::string_view raw) noexcept {
  assert(!raw.empty());
  switch (raw.front()) {
    case '{': return json_kind::object;
    case '[': return json_kind::array;
    case '"': return json_kind::string;
    case 't':
    case 'f': return json_kind::boolean;
    case 'n': return json_kind::null;
    default: return json_kind::number;
  }
}

result<std::vector<json_member>> json_members(std::string_view object) {
  std::vector<json_member> members;
  std::unordered_map<std::string, std::size_t> seen;  // filled once there are many
  const auto known = [&](const std::string& name) {
    if (members.size() <= linear_members_max) {
      const auto at = std::find_if(members.begin(), members.end(), [&](const auto& each) { return each.name == name; });
      return static_cast<std::size_t>(at - members.begin());
    }
    for (auto at = seen.size(); at < members.size(); ++at) seen.emplace(members[at].name, at);
    const auto at = seen.find(name);
    return at == seen.end() ? members.size() : at->second;
  };
  json_cursor cursor(object, '{');
  for (json_cursor::item item; cursor.next(item);) {
    auto name = json_string(item.name);
    if (!name) return fail(errc::bad_request, "a member's name is malformed");
    const auto at = known(*name);
    if (at == members.size()) {
      members.push_back({std::move(*name), item.value});
    } else {
      members[at].raw = item.value;
    }
  }
  if (!cursor.ok()) return fail(errc::bad_request, "a JSON object is expected");
  return members;
}

result<std::vector<std::string_view>> json_elements(std::string_view array) {
  std::vector<std::string_view> elements;
  json_cursor cursor(array, '[');
  for (json_cursor::item item; cursor.next(item);) elements.push_back(item.value);
  if (!cursor.ok()) return fail(errc::bad_request, "a JSON array is expected");
  return elements;
}

std::optional<std::string> json_string(std::string_view raw) {
  if (raw.size() < 2 || raw.front() != '"' || raw.back() != '"') return std::nullopt;
  const auto text = raw.substr(1, raw.size() - 2);
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0;;) {
    const auto escape = text.find('\\', at);
    out.append(text, at, escape - at);
    if (escape == std::string_view::npos) return out;
    if (escape + 1 == text.size()) return std::nullopt;
    at = escape + 2;
    if (text[escape + 1] == 'u') {
      at = unescape_unicode(text, at, out);
      if (at == 0) return std::nullopt;
      continue;
    }
    const char plain = short_escape(text[escape + 1]);
    if (plain == '\0') return std::nullopt;
    out += plain;
  }
}

std::optional<bool> json_boolean(std::string_view raw) noexcept {
  if (raw == "true") return true;
  if (raw == "false") return false;
  return std::nullopt;
}

std::optional<std::uint64_t> json_unsigned(std::string_view raw) noexcept { return parse_number<std::uint64_t>(raw); }
std::optional<std::int64_t> json_signed(std::string_view raw) noexcept { return parse_number<std::int64_t>(raw); }
std::optional<double> json_number(std::string_view raw) noexcept { return parse_number<double>(raw); }

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t at = 0; at < text.size();) {
    const auto plain_from = at;
    while (at < text.size() && is_plain(text[at])) ++at;
    out.append(text, plain_from, at - plain_from);
    if (at == text.size()) break;
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      append_escaped(out, text[at++]);
    } else if (const auto length = utf8_length(text.substr(at))) {
      out.append(text, at, length);
      at += length;
    } else {
      append_utf8(out, replacement_character);
      ++at;
    }
  }
  out += '"';
}

void append_json_unsigned(std::string& out, std::uint64_t value) {
  char digits[20];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), value).ptr;
  out.append(digits, end);
}

}  // namespace tidewire
