// A store whose writes fail on demand, around any other: how a disk error looks to the journal, without a disk.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>

#include "storage/reads_through.hpp"
#include "storage/store.hpp"

namespace tidewire::test {

enum class write_fault : std::uint8_t {
  refuse,       // fails before anything is written
  lose_answer,  // writes, then fails: the outcome is unknown to the caller
};

// As store demands, every write, trim and sweep after a failed one fails until reopen_writes() succeeds.
// The switches may be used from any thread.
class faulty_store : public storage::reads_through<storage::store, faulty_store> {
 public:
  explicit faulty_store(std::unique_ptr<storage::store> inner) : inner_(std::move(inner)) {}

  // The nth write() from now fails, 1 being the next; reopen_writes() then helps.
  void fail_write(std::uint64_t nth, write_fault how);

  // Every write() fails, and reopen_writes() too, until repair().
  void break_disk(write_fault how = write_fault::refuse);
  void repair();

  std::uint64_t writes() const;   // calls of write() so far, failed ones too
  std::uint64_t reopens() const;  // calls of reopen_writes() so far, failed ones too

  storage::store& inner() { return *inner_; }

  result<void> write(std::span<const storage::append> appends, bool sync) override;
  result<void> reopen_writes() override;
  result<void> trim(std::string_view room, std::uint64_t first) override;
  result<void> sweep(std::int64_t now_ms, std::size_t max_rows) override;
  result<void> keep_dead(const storage::dead_record& record, storage::dead_usage most, bool sync) override;
  result<bool> discard_dead(std::string_view id) override;

  result<bool> forget(std::string_view room, std::size_t max_rows) override;
  bool leaving(std::string_view room) const override { return inner_->leaving(room); }
  std::vector<std::string> leaving() const override { return inner_->leaving(); }
  result<void> keep_note(std::string_view name, std::string_view text) override;
  result<std::string> note(std::string_view name) const override { return inner_->note(name); }
  result<std::vector<storage::room_age>> ages(std::string_view after, std::size_t limit) const override {
    return inner_->ages(after, limit);
  }

  storage::dead_usage dead_kept() const override;
  result<std::optional<storage::dead_record>> dead(std::string_view id) const override;
  result<storage::dead_page> list_dead(std::string_view after, storage::page_limit limit) const override;

  std::unique_ptr<const storage::readable> at_once() const override { return inner_->at_once(); }
  result<std::shared_ptr<const storage::frozen>> freeze(const storage::room_choice& rooms, std::size_t copy_bytes_max) const override {
    return inner_->freeze(rooms, copy_bytes_max);
  }

  const storage::store* now() const { return inner_.get(); }

 private:
  // What the next write() does: nothing, or fail in that way.
  std::optional<write_fault> next_fault();
  bool refuses() const;

  std::unique_ptr<storage::store> inner_;
  mutable std::mutex mutex_;
  std::uint64_t writes_ = 0;
  std::uint64_t reopens_ = 0;
  std::uint64_t failing_write_ = 0;  // number of the write() that fails; 0: none
  write_fault how_ = write_fault::refuse;
  bool broken_ = false;
  bool stopped_ = false;
};

}  // namespace tidewire::test
