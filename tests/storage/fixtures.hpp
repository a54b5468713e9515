// The implementations of store under test, and a writer that numbers the changes of a room.
#pragma once

#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "storage/store.hpp"
#include "tests/support/temp_directory.hpp"

namespace tidewire::storage::test {

struct memory_fixture {
  std::unique_ptr<storage::store> store = make_memory_store();
};

struct rocksdb_fixture {
  tidewire::test::temp_directory directory;
  std::unique_ptr<storage::store> store = open_rocksdb_store({.path = directory.path().string(), .boot_id = "boot"}).value();
};

// What a test says of one change; the writer adds offset and epoch.
inline publication message(std::string data) {
  publication out;
  out.data = std::move(data);
  return out;
}

inline publication set(std::string key, std::string data, tag_map tags = {}, tag_map before = {}) {
  publication out = message(std::move(data));
  out.key = std::move(key);
  out.tags = std::move(tags);
  out.tags_before = std::move(before);
  return out;
}

inline publication removal(std::string key, tag_map before = {}) {
  publication out = set(std::move(key), {}, {}, std::move(before));
  out.removed = true;
  return out;
}

// Makes the appends of one room, each beginning where the last ended. The time of a publication is 1,000 ms × its offset.
class room_writer {
 public:
  explicit room_writer(std::string room, durability kept = durability::fsync, std::string epoch = "e1", std::uint64_t top = 0)
      : room_(std::move(room)), epoch_(std::move(epoch)), kept_(kept), top_(top) {}

  append next(std::vector<publication> changes, std::vector<dedupe_record> dedupe = {}) {
    append out{room_, epoch_, kept_, {}, std::move(dedupe)};
    const auto before = static_cast<std::int64_t>(keys_.size());
    for (auto& change : changes) {
      if (change.key) change.removed ? static_cast<void>(keys_.erase(*change.key)) : static_cast<void>(keys_.insert(*change.key));
      change.offset = ++top_;
      change.time_ms = static_cast<std::int64_t>(1'000 * top_);
      if (top_ == 1) change.epoch = epoch_;
      out.publications.push_back(std::make_shared<const publication>(std::move(change)));
    }
    out.more_entities = static_cast<std::int64_t>(keys_.size()) - before;
    return out;
  }

  // Writes at once; throws if the store refuses.
  append write(store& to, std::vector<publication> changes, std::vector<dedupe_record> dedupe = {}) {
    auto out = next(std::move(changes), std::move(dedupe));
    if (auto done = to.write(std::span(&out, 1), true); !done) throw std::runtime_error(done.error().detail);
    return out;
  }

 private:
  std::string room_;
  std::string epoch_;
  durability kept_;
  std::uint64_t top_;
  std::set<std::string> keys_;  // of what this writer has made and not removed
};

inline std::vector<std::uint64_t> offsets_of(const stream_page& page) {
  std::vector<std::uint64_t> out;
  for (const auto& publication : page.publications) out.push_back(publication->offset);
  return out;
}

inline std::vector<std::string> keys_of(const state_page& page) {
  std::vector<std::string> out;
  for (const auto& row : page.rows) out.push_back(row.key);
  return out;
}

}  // namespace tidewire::storage::test
