#include "schemas/names.hpp"

#include <simdjson.h>

#include <algorithm>
#include <string>

#include "schemas/limit_hits.hpp"

namespace tidewire {

namespace {

// REQUIRES: valid UTF-8. C1 controls (U+0080–U+009F) are C2 80 – C2 9F.
bool has_control(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7F) return true;
    if (byte == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0) return true;
  }
  return false;
}

// `too_long` counts what is.
result<void> check_text(std::string_view what, std::string_view text, std::size_t bytes_max, bool (*too_long)(bool)) {
  const std::string name(what);
  if (text.empty()) return fail(errc::bad_request, "the " + name + " is empty");
  if (too_long(text.size() > bytes_max))
    return fail(errc::bad_request, "the " + name + " is longer than " + std::to_string(bytes_max) + " bytes");
  if (!valid_utf8(text)) return fail(errc::bad_request, "the " + name + " is not valid UTF-8");
  if (has_control(text)) return fail(errc::bad_request, "the " + name + " has a control character");
  return {};
}

}  // namespace

bool valid_utf8(std::string_view text) noexcept { return simdjson::validate_utf8(text); }

result<void> check_room_name(std::string_view name, std::size_t bytes_max) {
  if (auto checked = check_text("room name", name, bytes_max, exceeds<"room_name_bytes_max">); !checked) return checked;
  if (name.back() == ':' && name.find(':') == name.size() - 1)
    return fail(errc::bad_request, "the room name has nothing after its namespace");
  return {};
}

result<void> check_single_room(std::string_view name, std::size_t bytes_max) {
  if (auto checked = check_room_name(name, bytes_max); !checked) return checked;
  if (name.find('*') != std::string_view::npos)
    return fail(errc::bad_request, "a room name with \"*\" is a pattern: clients may subscribe to it, and nothing else");
  return {};
}

result<void> check_publishable_room(std::string_view name, std::size_t bytes_max) {
  if (auto checked = check_single_room(name, bytes_max); !checked) return checked;
  if (is_kept_by_server(name)) return fail(errc::permission_denied, "rooms whose name begins with \"$\" are kept by the server");
  return {};
}

result<void> check_key(std::string_view key, std::size_t bytes_max) { return check_text("key", key, bytes_max, exceeds<"key_bytes_max">); }

result<void> check_idempotency_id(std::string_view id, std::size_t bytes_max) {
  return check_text("idempotency id", id, bytes_max, exceeds<"idempotency_id_bytes_max">);
}

bool valid_namespace_name(std::string_view name) noexcept {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
  };
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), allowed);
}

}  // namespace tidewire
