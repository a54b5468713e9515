// What is stored: envelopes, and batches into RocksDB and into memory.
#include <benchmark/benchmark.h>

#include <memory>
#include <random>
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
  batch_maker(std::size_t changes, std::size_t rooms, bool keyed, durability kept, std::size_t first_room = 0) {
    for (std::size_t i = first_room; i < first_room + rooms; ++i) {
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
// 64 changes in a batch, of as many rooms out of a thousand: what 64 publishers make of it.
void commit_wal_spread(benchmark::State& state) {
  const test::temp_directory at;
  storage::rocksdb_options options;
  options.path = at.path().string();
  auto opened = storage::open_rocksdb_store(options);
  if (!opened) throw std::runtime_error(opened.error().detail);
  std::vector<batch_maker> makers;
  for (std::size_t first = 0; first < 1'024; first += 64) makers.emplace_back(64, 64, state.range(0) != 0, durability::wal, first);
  std::size_t turn = 0;
  for (auto _ : state) {
    auto& maker = makers[turn++ % makers.size()];
    if (!(*opened)->write(maker.batch(), false)) return state.SkipWithError("the store refuses");
    maker.advance();
  }
  per_item(state, 64);
}

// 64 changes in a batch, of random entities of one room; flushing and compacting in the background count too.
void commit_wal_entities(benchmark::State& state) {
  const test::temp_directory at;
  storage::rocksdb_options options;
  options.path = at.path().string();
  auto opened = storage::open_rocksdb_store(options);
  if (!opened) throw std::runtime_error(opened.error().detail);
  std::minstd_rand chance;
  std::uint64_t top = 0;
  for (auto _ : state) {
    storage::append made{"bench:0", "e027256f37266527", durability::wal, {}, {}};
    for (int i = 0; i < 64; ++i) {
      auto told = std::make_shared<publication>(*sample_publication(++top, true));
      told->key = "k" + std::to_string(chance() % static_cast<unsigned>(state.range(0)));
      made.publications.push_back(std::move(told));
    }
    if (!(*opened)->write(std::span(&made, 1), false)) return state.SkipWithError("the store refuses");
  }
  per_item(state, 64);
}
BENCHMARK(commit_wal_entities)->Arg(1'000)->Arg(100'000)->Iterations(4'000)->MeasureProcessCPUTime();

// Where one of a thousand rooms stands, each with a hundred publications.
void read_room(benchmark::State& state) {
  const test::temp_directory at;
  storage::rocksdb_options options;
  options.path = at.path().string();
  auto opened = storage::open_rocksdb_store(options);
  if (!opened) throw std::runtime_error(opened.error().detail);
  batch_maker maker(1'000, 1'000, false, durability::wal);
  for (int i = 0; i < 100; ++i, maker.advance())
    if (!(*opened)->write(maker.batch(), false)) return state.SkipWithError("the store refuses");
  std::size_t turn = 0;
  for (auto _ : state) benchmark::DoNotOptimize((*opened)->room("bench:" + std::to_string(turn++ * 7 % 1'000)));
  per_item(state);
}
BENCHMARK(read_room);

BENCHMARK(commit_wal_spread)->ArgName("keyed")->Arg(0)->Arg(1)->Iterations(4'000);
BENCHMARK(commit_wal)->ArgNames({"changes", "rooms", "keyed"})->ArgsProduct({{1, 16, 100}, {0, 1}, {0, 1}});
BENCHMARK(commit_fsync)->ArgNames({"changes", "rooms", "keyed"})->ArgsProduct({{1, 16, 100}, {0}, {0, 1}});
BENCHMARK(commit_memory)->ArgNames({"changes", "rooms", "keyed"})->ArgsProduct({{1, 16, 100}, {0}, {0}})->Iterations(20'000);

// What brings an entity back that has left memory: one of 100,000 in tables, at random, from a cache that holds all of them, or from one
// that holds next to none, and the kernel's cache of the files.
void read_entity(benchmark::State& state) {
  const test::temp_directory at;
  storage::rocksdb_options options;
  options.path = at.path().string();
  options.block_cache_bytes = state.range(0) != 0 ? 268'435'456 : 1'048'576;
  constexpr int entities = 100'000;
  const auto open = [&] {
    auto opened = storage::open_rocksdb_store(options);
    if (!opened) throw std::runtime_error(opened.error().detail);
    return std::move(*opened);
  };
  {
    const auto store = open();
    for (std::uint64_t top = 0; top < entities;) {
      storage::append made{"bench:0", "e027256f37266527", durability::wal, {}, {}};
      for (int i = 0; i < 1'000; ++i) {
        auto told = std::make_shared<publication>(*sample_publication(++top, true));
        told->key = "k" + std::to_string(top);
        made.publications.push_back(std::move(told));
      }
      if (!store->write(std::span(&made, 1), false)) return state.SkipWithError("the store refuses");
    }
  }
  const auto store = open();
  std::minstd_rand chance;
  const auto read = [&] { return store->entity("bench:0", "k" + std::to_string(1 + chance() % entities)); };
  for (int i = 0; i < 2 * entities; ++i) benchmark::DoNotOptimize(read());
  for (auto _ : state) benchmark::DoNotOptimize(read());
  per_item(state);
}
BENCHMARK(read_entity)->ArgName("cached")->Arg(1)->Arg(0);

}  // namespace
