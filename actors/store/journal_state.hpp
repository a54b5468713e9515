// What the journal does to its store, without its actor: it opens rooms, commits their appends, many in one batch, and forgets what is
// not kept. Of a room it takes only appends of the generation that opened last.
//
// After a failed write everything is refused until a room opens again and the store can be made writable.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/messages.hpp"
#include "schemas/limits.hpp"

namespace tidewire {

// Used by one thread at a time.
class journal_state {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  // `store` and `limit` outlive it.
  journal_state(storage::store& store, const limits& limit) : store_(store), limit_(limit) {}

  // Does all of it, in order; appends are one write up to journal_batch_bytes_max.
  void run(std::vector<journal_task> tasks, time_point now);

  // The same, if none of it has to wait for the disk. Else false; what is left in `tasks` then has to be run(), also if that is nothing.
  bool run_at_once(std::vector<journal_task>& tasks);

 private:
  // Accepted appends that make up the next write.
  struct batch {
    std::vector<storage::append> appends;
    std::vector<reply_ptr<committed>> replies;
    std::size_t bytes = 0;
  };

  void carry_out(const journal_task& task);
  void operator()(const open_room_ptr& request);
  void operator()(const append_request_ptr& request);
  void operator()(const trim_room& request);
  void operator()(const close_room& request);
  void operator()(const sweep_store& request);
  void operator()(const forget_room& request);
  void operator()(const keep_note& request);
  void operator()(const change_dead_ptr& request);
  result<dead_changed> change(const keep_dead& what);
  result<dead_changed> change(const discard_dead& what);

  void gather(append_request& request);
  void flush();
  void settle(const result<void>& outcome);

  storage::store& store_;
  const limits& limit_;
  std::unordered_map<std::string, generation> opened_;
  batch waiting_;
  time_point now_{};
  bool broken_ = false;     // a write failed; the store has to be reopened
  bool asked_ = false;      // whether it is so from the start
  time_point reopen_at_{};  // not before
};

}  // namespace tidewire
