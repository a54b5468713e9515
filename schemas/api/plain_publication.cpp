#include "schemas/api/plain_publication.hpp"

#include <utility>

#include "schemas/api/operation_reader.hpp"
#include "schemas/json.hpp"
#include "schemas/names.hpp"

namespace tidewire::api {

namespace {

struct plain_member {
  std::string_view name;
  result<void> (*read)(operation_reader& into, std::string_view name, std::string_view raw, std::string_view caller);
};

constexpr plain_member plain_members[] = {
    {"key", [](auto& into, auto name, auto raw, auto) { return into.read_key(name, raw); }},
    {"op", [](auto& into, auto name, auto raw, auto) { return into.read_kind(name, raw); }},
    {"data", [](auto& into, auto name, auto raw, auto) { return into.read_data(name, raw); }},
    {"tags", [](auto& into, auto name, auto raw, auto) { return into.read_tags(name, raw); }},
    {"if_version", [](auto& into, auto name, auto raw, auto) { return into.read_version(name, raw); }},
    {"ttl", [](auto& into, auto name, auto raw, auto) { return into.read_ttl(name, raw); }},
    {"expires_at", [](auto& into, auto name, auto raw, auto) { return into.read_expires_at(name, raw); }},
    {"idempotency_key",
     [](auto& into, auto name, auto raw, auto caller) { return into.make_idempotent(name, "key", caller, json_string(raw)); }},
};

const plain_member* find_plain_member(std::string_view name) noexcept {
  for (const auto& known : plain_members)
    if (known.name == name) return &known;
  return nullptr;
}

result<void> read_room(const operation_reader& reader, std::string_view raw, const limits& bounds, std::string& room) {
  auto named = json_string(raw);
  if (!named) return reader.refuse("room", errc::bad_request, "must be a string");
  if (!room.empty() && room != *named) return reader.refuse("room", errc::bad_request, "is not the room of this request: \"" + room + "\"");
  if (const auto checked = check_publishable_room(*named, bounds.room_name_bytes_max); !checked)
    return reader.refuse("room", checked.error().code, checked.error().detail);
  room = std::move(*named);
  return {};
}

// Without `room` there is no such member.
result<operation> read(std::string_view pointer, std::string_view raw, std::string_view caller, const limits& bounds, std::string* room) {
  const auto members = json_members(raw);
  if (!members) return fail_at(pointer, errc::bad_request, "must be an object");
  operation_reader reader(pointer, bounds);
  for (const auto& [name, value] : *members) {
    if (room != nullptr && name == "room") {
      if (auto named = read_room(reader, value, bounds, *room); !named) return tl::unexpected(named.error());
      continue;
    }
    const auto* known = find_plain_member(name);
    if (!known) return reader.refuse(name, errc::bad_request, "is not a member of a publication");
    if (auto taken = known->read(reader, name, value, caller); !taken) return tl::unexpected(taken.error());
  }
  if (room != nullptr && room->empty()) return reader.refuse("room", errc::bad_request, "is missing");
  return std::move(reader).finish();
}

}  // namespace

result<operation> read_plain_publication(std::string_view pointer, std::string_view raw, std::string_view caller, const limits& bounds) {
  return read(pointer, raw, caller, bounds, nullptr);
}

result<operation> read_room_publication(std::string_view pointer, std::string_view raw, std::string_view caller, const limits& bounds,
                                        std::string& room) {
  return read(pointer, raw, caller, bounds, &room);
}

}  // namespace tidewire::api
