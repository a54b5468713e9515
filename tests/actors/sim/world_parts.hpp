// The directory and the supervisor of rooms, as actors/world and actors/supervision have them: the real directory_state; the supervisor
// starts rooms, starts those that die again, and forgets those that retire.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/world/directory_state.hpp"
#include "tests/actors/sim/process.hpp"
#include "tests/actors/sim/room_part.hpp"

namespace tidewire::test {

// What reaches one life of a room.
struct room_handle {
  address at = 0;
  room_part* room = nullptr;
};

class directory_part final : public part, private directory_port<room_handle> {
 public:
  explicit directory_part(process& in);

  void on_command(const room_command_ptr& command);
  void on_retire_request(const retire_request& wish) { state_.on_retire_request(wish); }
  void on_started(const std::string& room, room_handle handle) { state_.on_started(room, handle); }
  void on_ended(const std::string& room) { state_.on_ended(room); }
  void on_killed(const killed_by& deadly) { state_.on_killed(deadly); }
  void on_start_failed(const std::string& room, errc why) { state_.on_start_failed(room, why); }
  // There is a supervisor of rooms: what it knows has to be learnt.
  void on_supervisor();
  // Memory is short.
  void ease();
  std::size_t live_rooms() const noexcept { return state_.size(); }

 private:
  void on_rooms(const result<std::vector<std::pair<std::string, room_handle>>>& live);

  void start_room(const std::string& room) override;
  void send(const room_handle& room, const room_command_ptr& command) override;
  void adopt(const room_handle& room, std::uint64_t adoption) override;
  void retire(const room_handle& room) override;
  void ease(const room_handle& room) override;
  void set_aside(const killed_by& deadly, std::uint32_t tries, const crash_report& died_of) override;

  bool knows_rooms_ = false;
  std::vector<room_command_ptr> early_;
  directory_state<room_handle> state_{*this};
};

class rooms_part final : public part {
 public:
  explicit rooms_part(process& in) : part(in, &in.around.faults.rooms) {}
  ~rooms_part() override;

  void start(const std::string& room, const reply_ptr<bool>& reply);
  std::vector<std::pair<std::string, room_handle>> children() const;
  // That room died, or wishes to end.
  void died(address which);
  std::size_t size() const noexcept { return rooms_.size(); }
  bool runs(address which) const { return by_address_.contains(which); }

 private:
  struct child {
    std::unique_ptr<room_part> room;  // null: dead, or waits to be started again
    bool running = false;             // as far as the supervisor knows
    std::uint32_t failures = 0;
    std::int64_t started_ms = 0;
  };

  void run(const std::string& room);
  void end(const std::string& room);

  std::map<std::string, child> rooms_;
  std::unordered_map<address, std::string> by_address_;
};

}  // namespace tidewire::test
