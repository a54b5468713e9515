// The one writer of a store. Drains its mailbox into one batch and one sync: a `flush` sent to itself lands behind every append that is
// waiting, so commits group under load without a timer. Runs on a thread of its own for a store that blocks (RocksDB).
//
// After a failed write everything is refused until a room opens again and the store can be made writable.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/interfaces.hpp"
#include "actors/supervision/actor_base.hpp"
#include "schemas/limits.hpp"

namespace tidewire {

class journal : public actor_base<journal_actor::base> {
 public:
  // `store` and `limit` outlive the actor.
  journal(caf::actor_config& config, storage::store& store, const limits& limit);

  behavior_type make_behavior() override;

 private:
  void drop_state() override;
  void open(const open_room& request);
  void append(const append_request_ptr& request);
  void flush();
  void sweep();

  storage::store& store_;
  const limits& limit_;
  std::unordered_map<std::string, generation> opened_;
  std::vector<append_request_ptr> waiting_;
  std::size_t waiting_bytes_ = 0;
  bool flush_on_its_way_ = false;
  bool broken_ = false;                                // a write failed; the store has to be reopened
  std::chrono::steady_clock::time_point reopen_at_{};  // not before
};

}  // namespace tidewire
