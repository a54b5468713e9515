#include "tests/actors/sim/world_parts.hpp"

#include <algorithm>
#include <utility>

#include "actors/supervision/restart_policy.hpp"
#include "tests/actors/sim/trace.hpp"

namespace tidewire::test {

// ---- directory -----------------------------------------------------------------------------------------------------------

directory_part::directory_part(process& in) : part(in, &in.around.faults.directory) {
  in_.held.heard();
  if (in_.rooms) office().post(me(), [this] { on_supervisor(); });
}

void directory_part::on_command(const room_command_ptr& command) {
  if (knows_rooms_) return state_.on_command(command);
  if (early_.size() < directory_state<room_handle>::waiting_max) early_.push_back(command);
}

void directory_part::on_supervisor() {
  using known = std::vector<std::pair<std::string, room_handle>>;
  auto reply = answer_to<known>(this, 0, [](directory_part& self, ticket, const result<known>& live) { self.on_rooms(live); });
  mail(in_.rooms, [reply = std::move(reply)](rooms_part& rooms) { reply->answer(rooms.children()); });
}

void directory_part::on_rooms(const result<std::vector<std::pair<std::string, room_handle>>>& live) {
  if (!live) return;
  if (!knows_rooms_) {
    for (const auto& [name, handle] : *live)
      if (handle.room) state_.on_started(name, handle);
    knows_rooms_ = true;
  }
  state_.on_supervisor_lost();
  for (const auto& command : std::exchange(early_, {})) state_.on_command(command);
}

void directory_part::start_room(const std::string& room) {
  trace(office().now_ms(), " the directory wants room ", room);
  auto reply = answer_to<bool>(this, 0, [room](directory_part& self, ticket, const result<bool>& started) {
    if (!started) self.on_start_failed(room, started.error().code);
  });
  mail(in_.rooms, [room, reply = std::move(reply)](rooms_part& rooms) { rooms.start(room, reply); });
}

void directory_part::send(const room_handle& room, const room_command_ptr& command) {
  office().post(room.at, [to = room.room, command] { to->handle(command); });
}

void directory_part::adopt(const room_handle& room, std::uint64_t adoption) {
  office().post(room.at, [to = room.room, adoption] { to->adopt(adoption); });
}

// The quarantine answers at once.
void directory_part::set_aside(const killed_by& deadly, std::uint32_t, const crash_report&) {
  if (const auto* request = std::get_if<publish_request>(&deadly.command->body)) request->reply->answer(fail(errc::quarantined));
}

void directory_part::ease() {
  in_.held.heard();
  if (!in_.held.eased()) state_.ease(32);
}

void directory_part::ease(const room_handle& room) {
  office().post(room.at, [to = room.room] { to->ease(); });
}

void directory_part::retire(const room_handle& room) {
  office().post(room.at, [to = room.room, rooms = in_.rooms] {
    to->retire();
    rooms->died(to->me());
  });
}

// ---- rooms ---------------------------------------------------------------------------------------------------------------

rooms_part::~rooms_part() {
  while (!rooms_.empty()) end(std::string(rooms_.begin()->first));
}

void rooms_part::start(const std::string& room, const reply_ptr<bool>& reply) {
  if (rooms_.contains(room)) return reply->answer(fail(errc::conflict));
  rooms_[room];
  run(room);
  reply->answer(true);
}

void rooms_part::run(const std::string& room) {
  trace(office().now_ms(), " room ", room, " starts");
  auto& at = rooms_.at(room);
  at.room = std::make_unique<room_part>(in_, room);
  at.running = true;
  at.started_ms = office().now_ms();
  const room_handle handle{at.room->me(), at.room.get()};
  by_address_.emplace(handle.at, room);
  mail(in_.directory, [room, handle](directory_part& directory) { directory.on_started(room, handle); });
}

std::vector<std::pair<std::string, room_handle>> rooms_part::children() const {
  std::vector<std::pair<std::string, room_handle>> all;
  for (const auto& [name, each] : rooms_) all.emplace_back(name, each.room ? room_handle{each.room->me(), each.room.get()} : room_handle{});
  return all;
}

// The room is gone at once; its supervisor hears of it by mail, as of any child.
void rooms_part::died(address which) {
  const auto found = by_address_.extract(which);
  if (found.empty()) return;
  auto& at = rooms_.at(found.mapped());
  const bool retired = at.room->retired();
  at.room.reset();
  office().post(me(), [this, room = found.mapped(), retired] {
    if (in_.directory) office().post(in_.directory->me(), [to = in_.directory, room] { to->on_ended(room); });
    auto& dead = rooms_.at(room);
    dead.running = false;
    trace(office().now_ms(), " room ", room, retired ? " has retired" : " has died");
    if (retired) {
      rooms_.erase(room);
      return;
    }
    const restart_policy policy;
    if (office().now_ms() - dead.started_ms > policy.period.count()) dead.failures = 0;
    const auto delay_ms =
        dead.failures == 0 ? 0 : std::min(policy.backoff_max, policy.backoff_initial * (1U << std::min(dead.failures, 8U))).count();
    ++dead.failures;
    office().wake(me(), delay_ms, [this, room] { run(room); });
  });
}

void rooms_part::end(const std::string& room) {
  auto at = rooms_.extract(room);
  if (!at.mapped().running) return;
  if (auto& last = at.mapped().room) by_address_.erase(last->me());
  at.mapped().room.reset();
  if (in_.directory) office().post(in_.directory->me(), [to = in_.directory, room] { to->on_ended(room); });
}

}  // namespace tidewire::test
