// Pages of a room's state, kept for a moment for others who want them: a storm of subscribers reads and encodes each page once.
//
// A page was read from a snapshot of the database at offset `top`. It serves everybody whose frozen offset is not above that: of what
// changed in between, newer rows are left out, and all of it comes with the missed changes. So a later page of a flow may be as old as the
// flow; a first page has no frozen offset yet, and takes that of the page.
//
// Pure. The rows may be read and encoded on any thread, everything else belongs to the room.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "actors/room/room_context.hpp"
#include "schemas/protocol/shared_rows.hpp"

namespace tidewire {

class shared_pages {
 public:
  struct page {
    std::string epoch;
    std::uint64_t top = 0;
    std::uint64_t newest = 0;  // version of any row
    std::string next;          // cursor; empty: the last page
    protocol::state_rows rows;
    std::size_t bytes = 0;     // of the rows
    std::int64_t read_ms = 0;  // steady clock
  };
  using page_ptr = std::shared_ptr<const page>;
  using name = std::pair<std::string, std::size_t>;  // cursor and limit

  explicit shared_pages(const room_context& room) : room_(room), charge_(room.held[memory_part::pages]) {}

  page_ptr put(const name& of, storage::state_page&& read);
  // The newest one that was read, at `frozen` or above it; null: none.
  page_ptr find(const name& of, std::uint64_t frozen);
  // The same for a flow that begins: as of now, or from a moment ago.
  page_ptr find_fresh(const name& of);

  // What nobody has asked for lately goes.
  void tick();
  void clear();
  // Memory is short: the pages that nobody reads now go.
  void ease() { clear(); }
  bool empty() const noexcept { return pages_.empty(); }

 private:
  struct kept {
    page_ptr what;
    std::int64_t used_ms = 0;
  };
  page_ptr use(kept& found) const;
  void make_room();

  const room_context& room_;
  std::map<name, kept> pages_;
  memory_charge charge_;  // as they were when room was made for the last one
};

}  // namespace tidewire
