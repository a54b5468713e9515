// What was told to the subscribers of a pattern (schemas/room_pattern.hpp) while others still read the pages of its snapshot. A plain data
// structure; it keeps nothing as long as nobody reads pages.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/messages.hpp"
#include "schemas/publication.hpp"

namespace tidewire {

class pattern_feed {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  // Keeps so much of what was told; a reader who would need more has to begin again. `position`: above all positions of an earlier feed of
  // the pattern, for readers may come back with one of those.
  explicit pattern_feed(std::size_t bytes_max, std::uint64_t position = 0) : bytes_max_(bytes_max), told_(position) {}

  // Rises with each change that is told.
  std::uint64_t position() const noexcept { return told_; }
  void add(const std::vector<change>& news, time_point now);

  // A reader needs what is told above that position, until it says otherwise or its time is over.
  void keep(session_id reader, std::uint64_t above, time_point until);
  void release(session_id reader);
  bool unused(time_point now);
  // Nobody has seen anything: whoever reads begins again.
  void restart();

  // Whether everything told above is there.
  bool covers(std::uint64_t position) const noexcept { return position <= told_ && position >= told_ - kept_.size(); }
  // REQUIRES for both: covers(position).
  bool changed_since(const std::string& key, std::uint64_t position) const;
  // The newest of each key, in the order they were told.
  std::vector<change> since(std::uint64_t position) const;

 private:
  struct reader {
    std::uint64_t above = 0;
    time_point until;
  };

  void forget_oldest();
  void forget_unneeded(time_point now);

  const std::size_t bytes_max_;
  std::uint64_t told_;
  std::deque<change> kept_;                                // the newest of what was told
  std::size_t bytes_ = 0;                                  // of these
  std::unordered_map<std::string, std::uint64_t> newest_;  // by key: the position of its last change in kept_
  std::unordered_map<session_id, reader> readers_;
};

}  // namespace tidewire
