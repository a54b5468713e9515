#include "storage/rocksdb_views.hpp"

#include <rocksdb/perf_level.h>

#include <cassert>
#include <chrono>

#include "schemas/statistics/slow_queries.hpp"

namespace tidewire::storage {

namespace {

std::size_t at(family of) { return static_cast<std::size_t>(of); }

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

std::string_view bytes_of(const rocksdb::Slice& from) { return {from.data(), from.size()}; }

failure read_failure(const rocksdb::Status& status) {
  return {status.IsCorruption() ? errc::internal : errc::unavailable, "cannot read the database: " + status.ToString()};
}

// Only a limit on the size of a batch can make its changes fail, and none is set.
void note(const rocksdb::Status& status) { assert(status.ok()); }

class cursor final : public kv_cursor {
 public:
  cursor(const database& from, const rocksdb::Snapshot* moment, family of, key_range range, bool reverse)
      : watch_(of, "scan"), range_(std::move(range)), low_(range_.low), high_(range_.high), reverse_(reverse) {
    rocksdb::ReadOptions options;
    options.snapshot = moment;
    options.iterate_lower_bound = &low_;
    if (!range_.high.empty()) options.iterate_upper_bound = &high_;
    rows_.reset(from.db().NewIterator(options, from.handle(of)));
    from.count(of, query_operation::scan);
    reverse_ ? rows_->SeekToLast() : rows_->SeekToFirst();
  }

  bool valid() const override { return rows_->Valid(); }
  void next() override { reverse_ ? rows_->Prev() : rows_->Next(); }
  std::string_view key() const override { return bytes_of(rows_->key()); }
  std::string_view value() const override { return bytes_of(rows_->value()); }
  result<void> status() const override {
    if (!rows_->status().ok()) return tl::unexpected(read_failure(rows_->status()));
    return {};
  }

 private:
  read_watch watch_;
  key_range range_;
  rocksdb::Slice low_;  // the iterator keeps pointers to these
  rocksdb::Slice high_;
  bool reverse_;
  std::unique_ptr<rocksdb::Iterator> rows_;
};

}  // namespace

void count_nothing_here() { rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable); }

void note_if_slow(std::uint64_t begun, std::string_view operation, std::string_view table) {
  auto& all = slow_queries_here();
  const auto ns = cycle_clock::ns(begun, cycle_clock::now());
  if (!all.is_slow(ns)) return;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  all.note({std::chrono::duration_cast<std::chrono::milliseconds>(now).count(), operation, table, ns});
}

database::~database() {
  for (auto* each : families_) db_->DestroyColumnFamilyHandle(each);
  db_.reset();
  closed_.set_value();
}

result<std::optional<std::string>> view::get(family of, std::string_view key) const {
  const read_watch watch(of, "get");
  rocksdb::ReadOptions options;
  options.snapshot = of_->snapshot();
  std::string value;
  of_->from().count(of, query_operation::get);
  const auto status = of_->from().db().Get(options, of_->from().handle(of), slice(key), &value);
  if (status.IsNotFound()) return std::nullopt;
  if (!status.ok()) return tl::unexpected(read_failure(status));
  return value;
}

std::unique_ptr<kv_cursor> view::scan(family of, key_range range, bool reverse) const {
  return std::make_unique<cursor>(of_->from(), of_->snapshot(), of, std::move(range), reverse);
}

std::unique_ptr<kv_view> hold::view() const {
  const std::lock_guard lock(mutex_);
  return of_ ? std::make_unique<storage::view>(of_) : nullptr;
}

void hold::let_go() {
  moment_ptr gone;  // outside the lock
  const std::lock_guard lock(mutex_);
  gone = std::move(of_);
}

void batch::put(family of, std::string_view key, std::string_view value) {
  note(changes_.Put(target_->handle(of), slice(key), slice(value)));
  ++puts_[at(of)];
}

void batch::erase(family of, std::string_view key) {
  note(changes_.Delete(target_->handle(of), slice(key)));
  ++erased_[at(of)];
}

void batch::erase(family of, const key_range& range) {
  assert(of != family::stream || !stream_hint::is_row(range.low));
  note(changes_.DeleteRange(target_->handle(of), slice(range.low), slice(range.high)));
  ++erased_[at(of)];
}

void batch::count() const {
  for (std::size_t i = 0; i < puts_.size(); ++i) {
    target_->count(static_cast<family>(i), query_operation::put, puts_[i]);
    target_->count(static_cast<family>(i), query_operation::erase, erased_[i]);
  }
}

}  // namespace tidewire::storage
