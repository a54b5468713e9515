#include "tools/ctl/shown.hpp"

#include <cstdint>
#include <cstdio>

#include "schemas/json.hpp"
#include "schemas/utf8.hpp"

namespace tidewire::ctl {

namespace {

constexpr std::size_t pretty_depth_max = 200;  // deeper ones stay in one line

struct character {
  std::uint32_t code = 0;
  std::size_t bytes = 1;
  bool whole = true;
};

// The first character. REQUIRES: not empty.
character first_of(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (utf8_length(text) != bytes) return {lead, 1, false};
  auto code = static_cast<std::uint32_t>(lead & (0x7F >> bytes));
  for (std::size_t i = 1; i < bytes; ++i) code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3FU);
  return {code, bytes, true};
}

bool is_harmless(const character& each) {
  const auto code = each.code;
  if (!each.whole || code < 0x20 || (code >= 0x7F && code < 0xA0)) return false;
  const bool turns =
      code == 0x061C || code == 0x200E || code == 0x200F || (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
  const bool breaks = code == 0x2028 || code == 0x2029;
  return !turns && !breaks && code != 0xFEFF;
}

template <class Escape>
std::string replaced(std::string_view text, Escape escape) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto next = first_of(text);
    if (is_harmless(next))
      out += text.substr(0, next.bytes);
    else
      escape(out, next);
    text.remove_prefix(next.bytes);
  }
  return out;
}

void append_escape(std::string& out, const char* format, std::uint32_t code) {
  char text[16];
  std::snprintf(text, sizeof text, format, code);
  out += text;
}

void append_pretty(std::string& out, std::string_view raw, std::size_t depth) {
  const auto line = [&](std::size_t at) { (out += '\n').append(2 * at, ' '); };
  const auto kind = raw.empty() ? json_kind::null : kind_of(raw);
  if (depth > pretty_depth_max || (kind != json_kind::object && kind != json_kind::array)) {
    out += raw;
    return;
  }
  bool first = true;
  const auto next = [&] {
    if (!first) out += ',';
    first = false;
    line(depth + 1);
  };
  out += kind == json_kind::object ? '{' : '[';
  if (kind == json_kind::object) {
    if (const auto members = json_members(raw))
      for (const auto& each : *members) {
        next();
        append_json_string(out, each.name);
        out += ": ";
        append_pretty(out, each.raw, depth + 1);
      }
  } else if (const auto elements = json_elements(raw)) {
    for (const auto each : *elements) {
      next();
      append_pretty(out, each, depth + 1);
    }
  }
  if (!first) line(depth);
  out += kind == json_kind::object ? '}' : ']';
}

}  // namespace

std::string shown(std::string_view text) {
  return replaced(text, [](std::string& out, const character& each) {
    if (each.code == '\n')
      out += "\\n";
    else if (each.code == '\t')
      out += "\\t";
    else
      append_escape(out, each.code < 0x100 ? "\\x%02x" : "\\u%04x", each.code);
  });
}

std::string shown_json(std::string_view json) {
  return replaced(json, [](std::string& out, const character& each) {
    // Between tokens; JSON has no other control character outside of strings, and inside of them none that is not escaped.
    if (each.code == '\n' || each.code == '\t' || each.code == '\r')
      out += static_cast<char>(each.code);
    else
      append_escape(out, "\\u%04x", each.whole ? each.code : 0xFFFD);
  });
}

std::size_t width_of(std::string_view shown_text) noexcept {
  std::size_t columns = 0;
  for (const char each : shown_text) columns += (static_cast<unsigned char>(each) & 0xC0) != 0x80;
  return columns;
}

std::string cut_to(std::string_view shown_text, std::size_t width) {
  if (width_of(shown_text) <= width) return std::string(shown_text);
  if (width == 0) return {};
  std::size_t end = 0;
  for (std::size_t columns = 0; end < shown_text.size(); ++end)
    if ((static_cast<unsigned char>(shown_text[end]) & 0xC0) != 0x80 && ++columns == width) break;
  return std::string(shown_text.substr(0, end)) + "…";
}

std::string pretty_json(std::string_view json) {
  std::string lines;
  append_pretty(lines, json, 0);
  return replaced(lines, [](std::string& out, const character& each) {
    if (each.code == '\n')
      out += '\n';
    else
      append_escape(out, "\\u%04x", each.whole ? each.code : 0xFFFD);
  });
}

}  // namespace tidewire::ctl
