// How the subscription of a slow client comes back to the live edge of a room: the newest document of each key that changed while it missed
// them, from the tail or the stream, in pieces that one outbox can hold. Pure, like catch_up, which serves those who subscribe.
#pragma once

#include <cstdint>
#include <map>

#include "actors/room/room_context.hpp"
#include "actors/room/room_tail.hpp"
#include "schemas/conflation.hpp"

namespace tidewire {

class resumption {
 public:
  resumption(room_context& room, const room_tail& tail) : room_(room), tail_(tail) {}

  void start(const resume_request& member);
  // Answers to room_port::read_stream. False: somebody else asked.
  bool on_stream(ticket which, result<storage::stream_page>& page);

  // Everything above is still needed: trimming spares it.
  std::uint64_t spared_from() const;
  void refuse_all(const failure& why);
  bool empty() const noexcept { return flows_.empty(); }

 private:
  struct flow {
    resume_request member;
    std::uint64_t reached = 0;  // `missed` has what was told up to here
    conflation missed;
  };

  void collect(flow at);
  void add(flow& at, publication_ptr told) const;
  void finish(flow& at);
  bool holds_enough(const flow& at) const { return at.missed.bytes() >= room_.limit.backlog_bytes_max; }

  room_context& room_;
  const room_tail& tail_;
  std::map<ticket, flow> flows_;  // waiting for a reader
};

}  // namespace tidewire
