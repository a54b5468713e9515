// A subscription to one room, its stream or its map. What it was shown so far must always be what the room was at some offset, seen through
// its view, and every later message must bring it to a later one.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "tests/actors/sim/watch.hpp"

namespace tidewire::test {

class room_watch final : public watch {
 public:
  using watch::watch;

  bool current() const override;

 private:
  struct position {
    std::string epoch;
    std::uint64_t offset = 0;
  };

  std::string first_command() override;
  std::string next_command() override;
  bool take_reply(const json_object_view& reply) override;
  void take_push(const told_change& told) override;
  void end_message() override;
  void take_reset() override;

  bool take_stream_reply(const json_object_view& reply);
  bool take_map_reply(const json_object_view& reply);
  void take_rows(const json_object_view& reply, std::uint64_t upto);
  void take(const told_change& told, bool live);
  void check_skipped(std::uint64_t before, bool live) const;
  void count_conflated(std::uint64_t before);
  void check_whole(std::uint64_t at);
  void advance_model();
  std::string wrong_key() const;
  void check_reset() const;
  const ledger& room() const { return truth_.of(wish_.channel); }
  ledger& room() { return truth_.of(wish_.channel); }

  std::optional<position> at_;  // shown up to there
  bool whole_ = false;          // of a map: the documents are a state, not only pages of one
  bool recovering_ = false;
  bool insists_ = false;                          // would rather be told 112
  position asked_;                                // when recovering, or in the last page
  std::string cursor_;                            // of the page before
  bool wants_missed_ = false;                     // the pages are through: what was missed meanwhile comes in pages, too
  std::map<std::string, std::string> documents_;  // as shown, of a map
  std::string last_;                              // of a stream with deltas
  std::set<std::string> touched_;                 // by this message
  // The model: what is shown of the room at that offset.
  std::map<std::string, std::string> model_;
  std::uint64_t model_at_ = 0;
};

}  // namespace tidewire::test
