// Pages of listings of a room, kept with the position of the room that they show. A page is given again only while the room still is at
// that position: every change of its entities moves the room on, so what is given is never stale.
//
// Belongs to one reader; its bytes count towards the budget's share for pages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <utility>
#include <variant>

#include "actors/messages/store.hpp"
#include "schemas/memory_account.hpp"

namespace tidewire {

class listing_cache {
 public:
  static constexpr std::size_t bytes_max = 8'388'608;  // for each reader

  // Which page of which listing.
  struct question {
    std::string room;
    std::string after;
    std::size_t rows = 0;
    std::size_t bytes = 0;
    std::string filters = {};  // names and values; empty: all entities

    auto operator<=>(const question&) const = default;
  };
  static question of(const read_state& asked);
  static question of(const find_entities& asked);  // REQUIRES: it is of one room

  // `held` outlives the cache.
  explicit listing_cache(memory_account& held) : counters_(held.cache), charge_(held[memory_part::pages]) {}

  // The page as of the room's position `now`, or null. It stays until the next call of put(). Counted as a hit or a miss.
  const storage::state_page* find_state(const question& what, const storage::room_record& now) {
    return find<storage::state_page>(what, now);
  }
  const found_entities* find_entities(const question& what, const storage::room_record& now) { return find<found_entities>(what, now); }

  // Takes the place of an older page of the same question. What was not asked for longest goes when there is not enough place.
  void put(question what, storage::state_page page);
  void put(question what, found_entities page);

  std::size_t bytes() const noexcept { return charge_.bytes(); }

 private:
  struct kept {
    std::variant<storage::state_page, found_entities> page;
    std::size_t bytes = 0;
    std::list<const question*>::iterator use;
  };

  template <class Page>
  const Page* find(const question& what, const storage::room_record& now);
  template <class Page>
  void keep(question&& what, Page&& page, std::size_t bytes);
  void drop(std::map<question, kept>::iterator which);

  cache_counters& counters_;
  std::map<question, kept> pages_;
  std::list<const question*> uses_;  // of the keys in pages_, the latest first
  memory_charge charge_;
};

}  // namespace tidewire
