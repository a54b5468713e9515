// What an export says, page after page: lines as of schemas/api/export_lines.hpp, from moments that are kept. Pure.
//
// All rooms on disk are of the moment at which the export began; a room in memory is of the moment at which the export comes to it. First
// the rooms on disk, then those in memory, each in order of names. Of a room come its entities in order of keys; with history first those
// whose last change is no longer in it, then the history: in this order they make the state again.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "schemas/options.hpp"
#include "storage/past.hpp"
#include "storage/store.hpp"

namespace tidewire {

struct export_order {
  storage::room_choice rooms{};
  bool history = false;
  std::optional<storage::past_moment> at{};  // an earlier moment of each room
};

struct export_page {
  std::string lines;  // joined by commas
  std::string next;   // where the next page begins; empty: this was the last
};

class export_reader {
 public:
  // Both stores and the options outlive the reader. `disk` is kept for as long as it lives.
  static result<std::unique_ptr<export_reader>> begin(export_order order, const server_options& options, const storage::store& disk,
                                                      const storage::store& memory);

  // From an earlier page's `next`, or empty. Any earlier one may be asked for again, and the same comes.
  result<export_page> read(std::string_view from);

 private:
  struct position;
  struct page_maker;

  export_reader(export_order order, const server_options& options, const storage::store& memory,
                std::shared_ptr<const storage::frozen> disk)
      : order_(std::move(order)), options_(options), memory_(memory), disk_(std::move(disk)) {}

  result<void> next_room(position& at, export_page& into);
  result<void> read_entities(position& at, page_maker& into);
  result<void> read_history(position& at, page_maker& into);
  bool wanted(std::string_view room) const;
  result<std::unique_ptr<const storage::readable>> look(const position& at);
  result<std::unique_ptr<const storage::readable>> freeze_in_memory(const std::string& room);

  const export_order order_;
  const server_options& options_;
  const storage::store& memory_;
  const std::shared_ptr<const storage::frozen> disk_;
  std::string memory_room_;  // the one that is kept
  std::shared_ptr<const storage::frozen> kept_;
};

}  // namespace tidewire
