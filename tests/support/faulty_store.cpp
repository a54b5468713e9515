#include "tests/support/faulty_store.hpp"

namespace tidewire::test {

namespace {

tl::unexpected<failure> disk_failure() { return fail(errc::storage_refused, "the disk fails as the test asked"); }

}  // namespace

void faulty_store::fail_write(std::uint64_t nth, write_fault how) {
  const std::lock_guard lock(mutex_);
  failing_write_ = writes_ + nth;
  how_ = how;
}

void faulty_store::break_disk(write_fault how) {
  const std::lock_guard lock(mutex_);
  broken_ = true;
  how_ = how;
}

void faulty_store::repair() {
  const std::lock_guard lock(mutex_);
  broken_ = false;
}

std::uint64_t faulty_store::writes() const {
  const std::lock_guard lock(mutex_);
  return writes_;
}

std::uint64_t faulty_store::reopens() const {
  const std::lock_guard lock(mutex_);
  return reopens_;
}

std::optional<write_fault> faulty_store::next_fault() {
  const std::lock_guard lock(mutex_);
  ++writes_;
  if (stopped_) return write_fault::refuse;
  if (!broken_ && writes_ != failing_write_) return std::nullopt;
  stopped_ = true;
  return how_;
}

bool faulty_store::refuses() const {
  const std::lock_guard lock(mutex_);
  return stopped_ || broken_;
}

result<void> faulty_store::write(std::span<const storage::append> appends, bool sync) {
  const auto fault = next_fault();
  if (fault == write_fault::refuse) return disk_failure();
  auto done = inner_->write(appends, sync);
  if (fault == write_fault::lose_answer) return disk_failure();
  return done;
}

result<void> faulty_store::reopen_writes() {
  {
    const std::lock_guard lock(mutex_);
    ++reopens_;
    if (broken_) return disk_failure();
    stopped_ = false;
  }
  return inner_->reopen_writes();
}

result<void> faulty_store::trim(std::string_view room, std::uint64_t first) {
  if (refuses()) return disk_failure();
  return inner_->trim(room, first);
}

result<void> faulty_store::sweep(std::int64_t now_ms, std::size_t max_rows) {
  if (refuses()) return disk_failure();
  return inner_->sweep(now_ms, max_rows);
}

result<bool> faulty_store::forget(std::string_view room, std::size_t max_rows) {
  if (refuses()) return disk_failure();
  return inner_->forget(room, max_rows);
}

result<void> faulty_store::keep_note(std::string_view name, std::string_view text) {
  if (refuses()) return disk_failure();
  return inner_->keep_note(name, text);
}

result<void> faulty_store::keep_dead(const storage::dead_record& record, storage::dead_usage most, bool sync) {
  if (refuses()) return disk_failure();
  return inner_->keep_dead(record, most, sync);
}

result<bool> faulty_store::discard_dead(std::string_view id) {
  if (refuses()) return disk_failure();
  return inner_->discard_dead(id);
}

storage::dead_usage faulty_store::dead_kept() const { return inner_->dead_kept(); }

result<std::optional<storage::dead_record>> faulty_store::dead(std::string_view id) const { return inner_->dead(id); }

result<storage::dead_page> faulty_store::list_dead(std::string_view after, storage::page_limit limit) const {
  return inner_->list_dead(after, limit);
}

}  // namespace tidewire::test
