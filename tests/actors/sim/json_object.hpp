// One object of what the server said, by its members.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/json.hpp"
#include "tests/actors/sim/chance.hpp"

namespace tidewire::test {

class json_object_view {
 public:
  explicit json_object_view(std::string_view text) {
    auto read = json_members(text);
    must(read.has_value(), "the server speaks JSON: " + std::string(text));
    members_ = std::move(*read);
  }

  // Empty: absent.
  std::string_view raw(std::string_view name) const {
    for (const auto& each : members_)
      if (each.name == name) return each.raw;
    return {};
  }
  bool has(std::string_view name) const { return !raw(name).empty(); }
  std::uint64_t number(std::string_view name) const { return has(name) ? json_unsigned(raw(name)).value() : 0; }
  std::string text(std::string_view name) const { return has(name) ? json_string(raw(name)).value() : std::string{}; }
  bool flag(std::string_view name) const { return has(name) && json_boolean(raw(name)).value(); }
  json_object_view object(std::string_view name) const { return json_object_view(has(name) ? raw(name) : "{}"); }
  std::vector<std::string_view> list(std::string_view name) const {
    return has(name) ? json_elements(raw(name)).value() : std::vector<std::string_view>{};
  }

 private:
  std::vector<json_member> members_;
};

// A publication or a row of state, as it was told.
struct told_change {
  explicit told_change(std::string_view text) {
    const json_object_view all(text);
    offset = all.number("offset");
    if (all.has("key")) key = all.text("key");
    removed = all.flag("removed");
    data = all.raw("data");
    delta = all.flag("delta");
    epoch = all.text("epoch");
    room = all.object("tags").text("room");
    if (all.has("info")) by = all.object("info").text("client");
  }

  std::uint64_t offset = 0;
  std::optional<std::string> key;
  bool removed = false;
  std::string_view data;  // raw
  bool delta = false;
  std::string epoch;
  std::string room;  // of many
  std::string by;    // info.client
};

}  // namespace tidewire::test
