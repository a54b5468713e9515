// The family `dead` of a key-value database: what was set aside, by id, and how much that is.
//
// Threads: keep(), discard() and count() by one at a time; the rest from any thread.
#pragma once

#include <atomic>
#include <string_view>

#include "storage/kv.hpp"
#include "storage/store.hpp"

namespace tidewire::storage {

class dead_rows {
 public:
  // `db` outlives it.
  explicit dead_rows(kv& db) : db_(db) {}

  // Reads all of it, to know how much there is: at the start, and when the outcome of a write is unknown.
  result<void> count();

  result<void> keep(const dead_record& record, dead_usage most, bool sync);
  result<bool> discard(std::string_view id);
  dead_usage kept() const { return {records_.load(std::memory_order_relaxed), bytes_.load(std::memory_order_relaxed)}; }
  result<std::optional<dead_record>> get(std::string_view id) const;
  result<dead_page> list(std::string_view after, page_limit limit) const;

 private:
  void set(dead_usage now);

  kv& db_;
  std::atomic<std::size_t> records_{0};
  std::atomic<std::size_t> bytes_{0};
};

}  // namespace tidewire::storage
