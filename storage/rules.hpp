// What holds in every implementation of store, whatever it keeps its rows in.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "storage/store.hpp"

namespace tidewire::storage {

// The room as it is after the append, if the append may follow `stored` (none: the room does not exist yet).
// Refuses with errc::internal: the caller is wrong, and nothing is written.
result<room_record> check_append(const append& change, const std::optional<room_record>& stored);

// How many entities there are after the append, of so many before it. Refuses what would be fewer than none, as check_append() does.
result<std::uint64_t> check_entities(const append& change, std::uint64_t before);

// What is left of the room has to go first: store::forget().
tl::unexpected<failure> refuse_leaving(const std::string& room);

// A longer value is stored but not indexed.
constexpr std::size_t index_value_bytes_max = 1'024;

// What one publication does to the index: for each field at most one row goes and one comes; null where there is none.
struct index_change {
  std::string_view field;
  const std::string* gone = nullptr;
  const std::string* come = nullptr;
};
std::array<index_change, 3> index_changes(const publication& change);

// By what the index finds an entity of these tags; null: not by that field.
std::array<std::pair<std::string_view, const std::string*>, 3> indexed(const tag_map& tags);

// What one publication does to the rows of expiry: at most one goes and one comes; 0 where there is none.
struct expiry_change {
  std::int64_t gone_ms = 0;
  std::int64_t come_ms = 0;
};
expiry_change expiry_change_of(const publication& change);

// The offsets that a page of the stream may hold: low … high, none if low > high.
struct offset_window {
  std::uint64_t low = 1;
  std::uint64_t high = 0;
};
offset_window stream_window(const room_record& room, std::uint64_t after, bool reverse);

// Refuses with limit_exceeded if more would be kept than may be.
result<void> check_dead(dead_usage then, dead_usage most);

// About what a record takes.
std::size_t size_of(const dead_record& record);

// Says when a page is full.
class page_meter {
 public:
  explicit page_meter(page_limit limit) : limit_(limit) {}

  bool admits(const entity_document& row);
  bool admits(const publication& row);
  bool admits(const dead_record& row);

 private:
  bool admits(std::size_t bytes);

  page_limit limit_;
  std::size_t rows_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace tidewire::storage
