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
  std::size_t bytes() const noexcept { return bytes_; }  // of the documents

  // Without a key it is passed over.
  void add(change news);
  // All that wait, and forgets them.
  std::vector<change> take();

 private:
  std::map<std::uint64_t, change> in_order_;
  std::uint64_t added_ = 0;
  std::unordered_map<std::string, std::uint64_t> by_key_;
  std::size_t bytes_ = 0;
};

}  // namespace tidewire
