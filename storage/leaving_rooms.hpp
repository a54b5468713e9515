// Rooms that are being forgotten, some rows at a time: which these are, and what has to go.
//
//   family::meta  "leaving/" room = empty      from the first step, which takes the room's own row and its stream, to the last one
//
// A room is marked in the same batch in which it becomes unknown; what is left of it then is read by nobody, and its name is not used
// again before the mark is gone. So a stop in between loses nothing: the next start finds the mark, and somebody goes on.
//
// Threads: contains() and names() from any; the rest is the writer's.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/result.hpp"
#include "storage/kv.hpp"

namespace tidewire::storage {

class leaving_rooms {
 public:
  // Those that are marked, instead of those known before.
  result<void> learn(const kv_view& view);

  bool contains(std::string_view room) const;
  std::vector<std::string> names() const;
  void add(std::string_view room);
  void remove(std::string_view room);

  // The steps, each adding to a batch. `first` … `top`: what the stream holds; a run longer than `point_deletes_max` goes as a range.
  static void begin(kv_batch& batch, std::string_view room, std::uint64_t first, std::uint64_t top, std::uint64_t point_deletes_max);
  // Entities with their rows of index and expiry, then answers, about max_rows of them. True: these are all.
  static result<bool> take_rows(const kv_view& view, kv_batch& batch, std::string_view room, std::size_t max_rows);
  static void end(kv_batch& batch, std::string_view room);

 private:
  struct shared {
    std::atomic<std::size_t> count{0};  // nearly always 0: then nobody takes the lock
    std::shared_mutex mutex;
    std::set<std::string, std::less<>> names;
  };
  std::unique_ptr<shared> own_ = std::make_unique<shared>();
};

}  // namespace tidewire::storage
