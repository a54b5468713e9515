// What somebody may do in which rooms, as data. permissions.hpp decides by it.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

#include "schemas/access/room_glob.hpp"
#include "schemas/field_mask.hpp"

namespace tidewire {

enum class room_action : std::uint8_t {
  subscribe,  // and read the present state
  publish,    // and say messages
  presence,   // who is there
  history,    // what was, and the state as it was
  manage,     // rooms that the server keeps ("$sys") may be read, too
};

class action_set {
 public:
  constexpr action_set() = default;
  constexpr action_set(std::initializer_list<room_action> actions) {
    for (const auto each : actions) bits_ |= bit(each);
  }
  constexpr bool has(room_action one) const noexcept { return (bits_ & bit(one)) != 0; }
  constexpr bool empty() const noexcept { return bits_ == 0; }
  constexpr action_set& operator|=(action_set more) noexcept {
    bits_ |= more.bits_;
    return *this;
  }
  bool operator==(const action_set&) const = default;

 private:
  static constexpr unsigned bit(room_action one) { return 1U << static_cast<unsigned>(one); }
  unsigned bits_ = 0;
};

// By its name: an action's own, Centrifugo's short one (sub, pub, prs, hst), "read" for subscribe, presence and history. Nothing: there is
// none of that name.
std::optional<action_set> actions_of(std::string_view word) noexcept;

// Those of the words of a text, separated by spaces (RFC 8693 §4.2); words that are no actions are for others.
action_set actions_of_scope(std::string_view scope) noexcept;

struct room_grant {
  std::vector<room_glob> rooms;
  action_set allow;
  std::optional<field_mask> fields{};  // of documents only these may be read; nothing: all of them

  bool operator==(const room_grant&) const = default;
};
using room_grants = std::vector<room_grant>;

bool grants(const room_grants& all, room_action what, std::string_view room);

}  // namespace tidewire
