// A subscription to all rooms that a pattern matches. What it is told carries no offsets, so it is told apart by who made it; of each room
// it must hear everything once, in the room's order, and of a map it must hold the documents of all rooms in the end.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "tests/actors/sim/watch.hpp"

namespace tidewire::test {

class pattern_watch final : public watch {
 public:
  using watch::watch;

  bool current() const override;

 private:
  std::string first_command() override;
  std::string next_command() override;
  bool take_reply(const json_object_view& reply) override;
  void take_push(const told_change& told) override;
  void end_message() override {}
  void take_reset() override;

  bool matches(const std::string& room) const;
  void take_row(const told_change& row);
  void take_change(const told_change& told);
  void take_stream_change(const told_change& told);
  void take_map_change(const told_change& told);
  std::uint64_t first_unheard(const ledger& room, std::uint64_t after, std::uint64_t upto) const;
  // The change that looks so, the oldest above that offset; 0: there is none.
  struct looks {
    const std::string* key = nullptr;   // null: it is not told
    std::string by{};                   // empty: likewise
    const std::string* text = nullptr;  // null: it is gone
    std::optional<bool> removed{};      // whether it is gone from its room, or from what the filter lets through
  };
  std::uint64_t find(const ledger& room, std::uint64_t above, const looks& as) const;

  std::string cursor_, epoch_;
  std::uint64_t offset_ = 0;
  std::map<std::string, std::string> documents_;    // by the key as it is told
  std::map<std::string, std::uint64_t> heard_;      // by room: the newest offset that it was told of, of a stream
  std::map<std::string, std::uint64_t> key_heard_;  // by key: the same, of a map
  std::map<std::string, std::uint64_t> tops_;       // by room, when it went live
  std::string last_;                                // with deltas, of a stream
};

}  // namespace tidewire::test
