// A room that was used much before the last stop, and has just come into memory: its tail is filled, and the first page of its state read,
// which brings both into the database's cache. Pure, like the other flows of a room.
#pragma once

#include <deque>

#include "actors/room/room_context.hpp"
#include "actors/room/room_tail.hpp"

namespace tidewire {

class warm_up {
 public:
  warm_up(room_context& room, room_tail& tail) : room_(room), tail_(tail) {}

  void start(const warm_request& request);
  void opened();
  // Answers to room_port::read_stream and read_state. False: somebody else asked.
  bool on_stream(ticket which, const result<storage::stream_page>& page);
  bool on_state(ticket which, const result<storage::state_page>& page);
  bool empty() const noexcept { return waiting_.empty() && which_ == 0; }

 private:
  void go_on();

  room_context& room_;
  room_tail& tail_;
  std::deque<reply_ptr<warmed>> waiting_;  // all get the same answer
  bool open_ = false;
  ticket which_ = 0;  // 0: nothing is asked of a reader
  std::size_t bytes_ = 0;
};

}  // namespace tidewire
