// Pattern → what is known of it, found by the names of rooms: a pattern matches by how a name begins, so a name is looked up once for each
// length that patterns have.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "schemas/room_pattern.hpp"

namespace tidewire {

template <class Value>
class pattern_index {
 public:
  bool empty() const noexcept { return by_prefix_.empty(); }

  Value* find(std::string_view pattern) {
    const auto found = by_prefix_.find(prefix_of_pattern(pattern));
    return found == by_prefix_.end() ? nullptr : &found->second;
  }
  // REQUIRES: it is not there yet.
  Value& add(std::string_view pattern, Value value) {
    const auto prefix = prefix_of_pattern(pattern);
    ++lengths_[prefix.size()];
    return by_prefix_.emplace(prefix, std::move(value)).first->second;
  }
  void remove(std::string_view pattern) {
    const auto found = by_prefix_.find(prefix_of_pattern(pattern));
    if (found == by_prefix_.end()) return;
    const auto length = lengths_.find(found->first.size());
    if (--length->second == 0) lengths_.erase(length);
    by_prefix_.erase(found);
  }

  // Calls visit(pattern, value) for each pattern that the room matches; it may not change the index.
  template <class Visit>
  void for_each_of(std::string_view room, Visit visit) {
    for (const auto& [length, count] : lengths_) {
      if (length > room.size()) return;
      const auto found = by_prefix_.find(room.substr(0, length));
      if (found != by_prefix_.end()) visit(found->first + '*', found->second);
    }
  }

  // Whether any of them does.
  bool matches(std::string_view room) const {
    for (const auto& [length, count] : lengths_)
      if (length <= room.size() && by_prefix_.contains(room.substr(0, length))) return true;
    return false;
  }

 private:
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };

  std::unordered_map<std::string, Value, text_hash, std::equal_to<>> by_prefix_;
  std::map<std::size_t, std::size_t> lengths_;  // of prefixes: how many have it
};

}  // namespace tidewire
