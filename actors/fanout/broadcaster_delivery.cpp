// When the run of a room goes out, and how it becomes frames.
#include <chrono>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "actors/fanout/broadcaster_state.hpp"
#include "schemas/statistics/publish_trace.hpp"

namespace tidewire {

namespace {

// A room is told of when so many publications and deliveries have come together: the hot ones are, often, and the others cost nothing.
constexpr std::size_t noted_at = 256;

}  // namespace

// `first`: the room had nothing pending before.
void broadcaster_state::schedule(const room_ptr& room, const run& how, bool first) {
  const bool waits = how.batch_delay_ms != 0 && (how.batch_max == 0 || room->pending.changes.size() < how.batch_max);
  if (!waits) return queue(room);
  if (!first) return;
  room->pending.due = port_.now() + std::chrono::milliseconds(how.batch_delay_ms);
  waiting_.emplace(room->pending.due, room);
  arm_timer();
}

void broadcaster_state::queue(const room_ptr& room) {
  if (room->queued) return;
  room->queued = true;
  queued_.push_back(room);
}

void broadcaster_state::queue_all() {
  for (; !waiting_.empty(); waiting_.pop()) {
    const auto& room = waiting_.top().second;
    room->armed_for.reset();  // what is held back for a rate stays so, and needs the timer again
    queue(room);
  }
}

void broadcaster_state::arm_timer() {
  if (waiting_.empty()) return;
  const auto next = waiting_.top().first;
  if (timer_ && *timer_ <= next) return;
  timer_ = next;
  port_.wake_at(next);
}

// Everything that is queued goes out as one run.
void broadcaster_state::drain() {
  if (queued_.empty()) return;
  auto rooms = std::exchange(queued_, {});
  auto ready = std::make_shared<fanout_run>(port_.io_threads(), port_.when_drained());
  for (const auto& room : rooms) {
    room->queued = false;
    encode(room, *ready);
  }
  send(std::move(ready), std::move(rooms));
}

// What is pending in that room goes out now.
void broadcaster_state::close_run(const room_ptr& room) {
  if (room->pending.changes.empty()) return;
  auto ready = std::make_shared<fanout_run>(port_.io_threads(), port_.when_drained());
  encode(room, *ready);
  send(std::move(ready), {room});
}

void broadcaster_state::encode(const room_ptr& room, fanout_run& into) {
  counted_.pending_bytes -= room->pending.bytes;
  const auto publications = room->pending.changes.size();
  if (publish_trace::on() && publications > 0 && !room->pattern) {
    const auto [first, last] = std::pair(room->pending.changes.front().told->offset, room->pending.changes.back().told->offset);
    publish_trace::pass(room->name, first, last, "encode");
    into.carry(room->name, first, last);
  }
  const auto deliveries = room->encode_pending(port_.now(), limit_, scratch_, frames_, into);
  counted_.deliveries += deliveries;
  room->unnoted_publications += publications;
  room->unnoted_deliveries += deliveries;
  if (room->unnoted_publications + room->unnoted_deliveries >= noted_at) {
    port_.note_told(room->name, std::exchange(room->unnoted_publications, 0), std::exchange(room->unnoted_deliveries, 0));
  }
  if (!room->rated_due || room->rated_due == room->armed_for) return;
  room->armed_for = room->rated_due;
  waiting_.emplace(*room->rated_due, room);
  arm_timer();
}

void broadcaster_state::send(std::shared_ptr<fanout_run> ready, std::vector<room_ptr> rooms) {
  if (ready->size() == 0) return;
  ++counted_.runs;
  counted_.frames += ready->size();
  counted_.bytes += ready->bytes();
  counted_.in_flight_bytes += ready->bytes();
  fanout_run::post(ready, port_);
  in_flight_.push_back({std::move(ready), std::move(rooms)});
}

// A subscription begins or ends: what an earlier one has missed is of no interest any more.
void broadcaster_state::send_reply(const transport::outbox_ptr& out, const std::string& room, frame_ptr reply) {
  port_.post(out->home(), [out, room, reply = std::move(reply)] {
    out->resume(room, std::nullopt);
    out->push(reply);
    out->flush();
  });
}

// The job keeps it: if nobody runs that, it writes itself.
void broadcaster_state::send_reply(const transport::outbox_ptr& out, const std::string& room, std::shared_ptr<parting_frame> last) {
  port_.post(out->home(), [out, room, last = std::move(last)] {
    out->resume(room, std::nullopt);
    if (const auto ready = last->take()) out->push(ready);
    out->flush();
  });
}

}  // namespace tidewire
