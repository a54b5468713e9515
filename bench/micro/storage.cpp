// What is stored: envelopes, and batches into RocksDB and into memory.
#include <benchmark/benchmark.h>

#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/micro/samples.hpp"
#include "storage/envelope.hpp"
#include "storage/store.hpp"
#include "tests/support/temp_directory.hpp"

namespace {

using namespace tidewire;
using namespace tidewire::micro;

void encode_publication_row(benchmark::State& state) {
  const auto told = sample_publication(1, true);
  for (auto _ : state) benchmark::DoNotOptimize(storage::encode(*told));
  per_item(state);
}
BENCHMARK(encode_publication_row);

void encode_entity_row(benchmark::State& state) {
  const auto told = sample_publication(1, true);
  for (auto _ : state) benchmark::DoNotOptimize(storage::encode_entity_of(*told));
  per_item(state);
}
BENCHMARK(encode_entity_row);

void decode_publication_row(benchmark::State& state) {
  const auto row = storage::encode(*sample_publication(1, true));
  for (auto _ : state) benchmark::DoNotOptimize(storage::decode_publication(1, row));
  per_item(state);
}
BENCHMARK(decode_publication_row);

void decode_entity_row(benchmark::State& state) {
  const auto row = storage::encode_entity_of(*sample_publication(1, true));
  for (auto _ : state) benchmark::DoNotOptimize(storage::decode_entity(entity_key, row));
  per_item(state);
}
BENCHMARK(decode_entity_row);

// A batch of so many changes, each of a room of its own or all of one.
class batch_maker {
 public:
  batch_maker(std::size_t changes, std::size_t rooms, bool keyed, durability kept) {
    for (std::size_t i = 0; i < rooms; ++i) {
      storage::append made{"bench:" + std::to_string(i), "e027256f37266527", kept, {}, {}};
      for (std::size_t offset = 1; offset <= changes / rooms; ++offset) {
        changes_.push_back(std::make_shared<publication>(*sample_publication(offset, keyed)));
        made.publications.push_back(changes_.back());
      }
      appends_.push_back(std::move(made));
    }
  }

  std::span<const storage::append> batch() const { return appends_; }

  // The same changes again, at the next offsets.
  void advance() {
    for (const auto& each : changes_) each->offset += changes_.size() / appends_.size();
  }

 private:
  std::vector<std::shared_ptr<publication>> changes_;
  std::vector<storage::append> appends_;
};

void write_batches(benchmark::State& state, storage::store& into, durability kept) {
  const auto changes = static_cast<std::size_t>(state.range(0));
  const auto rooms = state.range(1) == 0 ? 1 : changes;
  batch_maker maker(changes, rooms, state.range(2) != 0, kept);
  for (auto _ : state) {
    if (!into.write(maker.batch(), kept == durability::fsync)) return state.SkipWithError("the store refuses");
    maker.advance();
  }
  per_item(state, changes);
}

void on_disk(benchmark::State& state, durability kept) {
  const test::temp_directory at;
  storage::rocksdb_options options;
  options.path = at.path().string();
  auto opened = storage::open_rocksdb_store(options);
  if (!opened) throw std::runtime_error(opened.error().detail);
  write_batches(state, **opened, kept);
}

void commit_wal(benchmark::State& state) { on_disk(state, durability::wal); }
void commit_fsync(benchmark::State& state) { on_disk(state, durability::fsync); }
void commit_memory(benchmark::State& state) {
  const auto into = storage::make_memory_store();
  write_batches(state, *into, durability::memory);
}

// rooms = 1: each change has a room of its own; keyed = 1: it changes an entity too.
BENCHMARK(commit_wal)->ArgNames({"changes", "rooms", "keyed"})->ArgsProduct({{1, 16, 100}, {0, 1}, {0, 1}});
BENCHMARK(commit_fsync)->ArgNames({"changes", "rooms", "keyed"})->ArgsProduct({{1, 16, 100}, {0}, {0, 1}});
BENCHMARK(commit_memory)->ArgNames({"changes", "rooms", "keyed"})->ArgsProduct({{1, 16, 100}, {0}, {0}})->Iterations(20'000);

}  // namespace
