// The rows of memory_rows.hpp under one lock: readers share it, the writer has it alone.
#include <mutex>
#include <shared_mutex>

#include "schemas/limit_hits.hpp"
#include "storage/memory_rows.hpp"
#include "storage/reads_through.hpp"
#include "storage/rules.hpp"

namespace tidewire::storage {

namespace {

// The rows of this moment: the writer waits while somebody has them.
class locked_rows final : public reads_through<readable, locked_rows> {
 public:
  locked_rows(std::shared_lock<std::shared_mutex> lock, const memory_rows& rows) : lock_(std::move(lock)), rows_(rows) {}
  const memory_rows* now() const noexcept { return &rows_; }

 private:
  std::shared_lock<std::shared_mutex> lock_;
  const memory_rows& rows_;
};

// A copy of some rows, which nobody changes.
class copied_rows final : public reads_through<readable, copied_rows> {
 public:
  explicit copied_rows(std::shared_ptr<const memory_rows> rows) : rows_(std::move(rows)) {}
  const memory_rows* now() const noexcept { return rows_.get(); }

 private:
  std::shared_ptr<const memory_rows> rows_;
};

class memory_frozen final : public frozen {
 public:
  explicit memory_frozen(std::shared_ptr<const memory_rows> rows) : rows_(std::move(rows)) {}
  result<std::unique_ptr<const readable>> look() const override { return std::make_unique<copied_rows>(rows_); }

 private:
  std::shared_ptr<const memory_rows> rows_;
};

class memory_store final : public reads_through<store, memory_store> {
 public:
  result<void> write(std::span<const append> appends, bool) override {
    const std::unique_lock lock(mutex_);
    return rows_.write(appends);
  }

  result<void> reopen_writes() override { return {}; }

  result<void> trim(std::string_view room, std::uint64_t first) override {
    const std::unique_lock lock(mutex_);
    return rows_.trim(room, first);
  }

  result<void> sweep(std::int64_t now_ms, std::size_t max_rows) override {
    const std::unique_lock lock(mutex_);
    return rows_.sweep(now_ms, max_rows);
  }

  result<bool> forget(std::string_view room, std::size_t max_rows) override {
    const std::unique_lock lock(mutex_);
    return rows_.forget(room, max_rows);
  }
  bool leaving(std::string_view room) const override {
    const std::shared_lock lock(mutex_);
    return rows_.leaving(room);
  }
  std::vector<std::string> leaving() const override {
    const std::shared_lock lock(mutex_);
    return rows_.leaving();
  }

  // The next start has another memory.
  result<void> keep_note(std::string_view, std::string_view) override { return {}; }
  result<std::string> note(std::string_view) const override { return std::string(); }

  result<std::vector<room_age>> ages(std::string_view after, std::size_t limit) const override {
    const std::shared_lock lock(mutex_);
    return rows_.ages(after, limit);
  }

  result<void> keep_dead(const dead_record& record, dead_usage most, bool) override {
    const std::unique_lock lock(mutex_);
    auto now = dead_kept_;
    const auto before = dead_.find(record.id);
    if (before != dead_.end()) {
      --now.records;
      now.bytes -= size_of(before->second);
    }
    ++now.records;
    now.bytes += size_of(record);
    if (auto full = check_dead(now, most); !full) return full;
    dead_.insert_or_assign(record.id, record);
    dead_kept_ = now;
    return {};
  }

  result<bool> discard_dead(std::string_view id) override {
    const std::unique_lock lock(mutex_);
    const auto found = dead_.find(id);
    if (found == dead_.end()) return false;
    dead_kept_ = {dead_kept_.records - 1, dead_kept_.bytes - size_of(found->second)};
    dead_.erase(found);
    return true;
  }

  dead_usage dead_kept() const override {
    const std::shared_lock lock(mutex_);
    return dead_kept_;
  }

  result<std::optional<dead_record>> dead(std::string_view id) const override {
    const std::shared_lock lock(mutex_);
    const auto found = dead_.find(id);
    return found == dead_.end() ? std::nullopt : std::optional(found->second);
  }

  result<dead_page> list_dead(std::string_view after, page_limit limit) const override {
    const std::shared_lock lock(mutex_);
    dead_page page;
    page_meter meter(limit);
    for (auto row = dead_.upper_bound(after); row != dead_.end(); ++row) {
      page.more = !meter.admits(row->second);
      if (page.more) break;
      page.rows.push_back(row->second);
    }
    return page;
  }

  std::unique_ptr<const readable> at_once() const override { return std::make_unique<locked_rows>(std::shared_lock(mutex_), rows_); }

  result<std::shared_ptr<const frozen>> freeze(const room_choice& rooms, std::size_t copy_bytes_max) const override {
    const std::shared_lock lock(mutex_);
    auto copy = rows_.copy_of(rooms, copy_bytes_max);
    if (exceeds<"export_copy_bytes_max">(!copy))
      return fail(errc::limit_exceeded, "these rooms in memory are larger than export_copy_bytes_max (" + std::to_string(copy_bytes_max) +
                                            " bytes): choose fewer rooms, or raise the limit");
    return std::make_shared<const memory_frozen>(std::move(copy));
  }

  struct reads_now {
    std::shared_lock<std::shared_mutex> lock;
    const memory_rows* rows;
    const memory_rows* operator->() const noexcept { return rows; }
  };
  reads_now now() const { return {std::shared_lock(mutex_), &rows_}; }

 private:
  mutable std::shared_mutex mutex_;
  memory_rows rows_;
  std::map<std::string, dead_record, std::less<>> dead_;
  dead_usage dead_kept_;
};

}  // namespace

std::unique_ptr<store> make_memory_store() { return std::make_unique<memory_store>(); }

}  // namespace tidewire::storage
