// Changes of a map that wait to be told, at most one for each key: the newest, with what the oldest of them replaced. What comes out is in
// the order in which the newest came, so that nobody ever goes back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "schemas/publication.hpp"

namespace tidewire {

class conflation {
 public:
  bool empty() const noexcept { return in_order_.empty(); }
  std::size_t bytes() const noexcept { return bytes_; }  // of all that waits

  // Without a key it is passed over. It counts as what it takes in memory, or on the wire if that is more.
  void add(change news, std::size_t wire_bytes = 0);
  // All that wait, and forgets them.
  std::vector<change> take();

 private:
  struct entry {
    change what;
    std::size_t bytes = 0;
  };

  std::map<std::uint64_t, entry> in_order_;
  std::uint64_t added_ = 0;
  std::unordered_map<std::string, std::uint64_t> by_key_;
  std::size_t bytes_ = 0;
};

}  // namespace tidewire
