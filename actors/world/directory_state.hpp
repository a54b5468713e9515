// Room name → live room, and the life of rooms: started on demand, retired when idle. Only the directory sends commands to a room, and
// counts them; a room that asks to retire says how many it has handled. If the two agree nothing is on its way, so nothing can be lost.
//
// It sees every command, so it knows which rooms have not been used longest: when memory is short, these are asked first to let go of what
// they hold.
//
//   (unknown) → starting → live → retiring → (unknown)          live → starting, when it crashed and its supervisor starts it again
//
// A command that kills its room is sent once more, before all others, to the room that has started again. If it kills that too, it goes
// to the quarantine.
//
// Pure: `Handle` is whatever reaches a room.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "actors/messages.hpp"

namespace tidewire {

template <class Handle>
class directory_port {
 public:
  virtual ~directory_port() = default;
  virtual void start_room(const std::string& room) = 0;
  virtual void send(const Handle& room, const room_command_ptr& command) = 0;
  virtual void adopt(const Handle& room, std::uint64_t adoption) = 0;
  virtual void retire(const Handle& room) = 0;
  virtual void ease(const Handle& room) = 0;
  // The command killed its room so often. It is answered there.
  virtual void set_aside(const killed_by& deadly, std::uint32_t tries, const crash_report& died_of) = 0;
};

template <class Handle>
class directory_state {
 public:
  // Commands that wait for a room to start; more are dropped, which answers them "unavailable".
  static constexpr std::size_t waiting_max = 10'000;

  static constexpr std::uint32_t tries_max = 2;  // of a command that kills its room

  explicit directory_state(directory_port<Handle>& port) : port_(port) {}

  // Lets go of every handle and command.
  void clear() {
    used_.clear();
    eased_.clear();
    rooms_.clear();
  }

  void on_command(const room_command_ptr& command) {
    auto& at = rooms_[command->room];
    note_use(at, command->room);
    if (at.now == stage::live) {
      ++at.sent;
      return port_.send(at.handle, command);
    }
    if (at.waiting.size() < waiting_max) at.waiting.push_back(command);
    if (at.now == stage::unknown) start(command->room, at);
  }

  void on_started(const std::string& room, Handle handle) {
    auto& at = rooms_[room];
    at.now = stage::live;
    at.handle = std::move(handle);
    at.adoption = ++last_adoption_;
    if (at.listed == nullptr) note_use(at, room);
    at.sent = 0;
    port_.adopt(at.handle, at.adoption);
    if (at.in_trouble && at.in_trouble->again) {
      ++at.sent;
      port_.send(at.handle, std::exchange(at.in_trouble->again, nullptr));
    }
    for (const auto& command : std::exchange(at.waiting, {})) {
      ++at.sent;
      port_.send(at.handle, command);
    }
  }

  // A room is about to end, for it died of a command that we sent.
  void on_killed(killed_by deadly) {
    const auto found = rooms_.find(deadly.command->room);
    if (found == rooms_.end()) return;  // nobody tries it again: it is answered "unavailable"
    auto& known = found->second.in_trouble;
    if (!known) known = std::make_unique<trouble>();
    known->tries = known->suspect.lock() == deadly.command ? known->tries + 1 : 1;
    known->suspect = deadly.command;
    known->deadly = std::move(deadly);
  }

  // It crashed, and its supervisor will start it again; or it has retired.
  void on_ended(const std::string& room, const crash_report& died_of = {}) {
    const auto found = rooms_.find(room);
    if (found == rooms_.end()) return;
    auto& at = found->second;
    at.handle = Handle{};
    if (at.in_trouble && at.in_trouble->deadly.command) decide(*at.in_trouble, died_of);
    if (at.now != stage::retiring) {
      at.now = stage::starting;
    } else if (at.waiting.empty()) {
      forget(found);
    } else {
      start(room, at);
    }
  }

  // The supervisor did not start it. A conflict means that it has the room already, and tells when that is live; otherwise nobody will
  // start it, and what waits is dropped.
  void on_start_failed(const std::string& room, errc why) {
    const auto found = rooms_.find(room);
    if (found != rooms_.end() && found->second.now == stage::starting && why != errc::conflict) forget(found);
  }

  void on_retire_request(const retire_request& wish) {
    const auto found = rooms_.find(wish.room);
    if (found == rooms_.end() || found->second.now != stage::live) return;
    auto& at = found->second;
    if (at.adoption != wish.adoption || at.sent != wish.handled) return;
    at.now = stage::retiring;
    port_.retire(at.handle);
  }

  // The room that is in memory under that name and is not about to leave; an empty handle: none.
  Handle live(const std::string& room) const {
    const auto found = rooms_.find(room);
    return found == rooms_.end() || found->second.now != stage::live ? Handle{} : found->second.handle;
  }

  // A new supervisor of rooms knows none of them: those that were live may have told less than they have committed.
  void on_supervisor_lost() {
    for (auto& [room, at] : rooms_)
      if (at.now == stage::starting) start(room, at);
  }

  // Memory is short: asks so many rooms, those first that have not been used longest. Who was asked is asked again when all others have
  // been, in another call. False: there was nobody left to ask this time.
  bool ease(std::size_t count) {
    if (used_.empty()) {
      used_.splice(used_.end(), eased_);
      for (const auto* each : used_) rooms_.find(*each)->second.listed = &used_;
      return false;
    }
    for (; count > 0 && !used_.empty(); --count) {
      auto& at = rooms_.find(*used_.front())->second;
      eased_.splice(eased_.end(), used_, used_.begin());
      at.listed = &eased_;
      if (at.now == stage::live) port_.ease(at.handle);
    }
    return true;
  }

  // The rooms that were used most of late, at most so many of them, most used first. What was long ago counts less each time.
  std::vector<std::string> most_used(std::size_t count) {
    std::vector<std::pair<std::uint64_t, std::string>> all;
    for (auto& [name, at] : rooms_) {
      if (at.commands > 0) all.emplace_back(at.commands, name);
      at.commands -= at.commands / 2;
    }
    const auto kept = std::min(count, all.size());
    std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(kept), all.end(), std::greater<>());
    std::vector<std::string> names;
    for (std::size_t i = 0; i < kept; ++i) names.push_back(std::move(all[i].second));
    return names;
  }

  std::size_t size() const noexcept { return rooms_.size(); }

 private:
  enum class stage : std::uint8_t { unknown, starting, live, retiring };
  using name_list = std::list<const std::string*>;  // keys of rooms_
  struct trouble {
    killed_by deadly;                           // that the room is about to die of
    room_command_ptr again;                     // it killed the room and is tried once more
    std::weak_ptr<const room_command> suspect;  // what killed it last, and how often. Not held: it is answered when the room lets go of it
    std::uint32_t tries = 0;
  };
  struct record {
    stage now = stage::unknown;
    Handle handle{};
    std::uint64_t adoption = 0;
    std::uint64_t sent = 0;
    std::uint64_t commands = 0;   // of late
    name_list* listed = nullptr;  // where its name stands: used_ or eased_
    typename name_list::iterator place{};
    std::vector<room_command_ptr> waiting;
    std::unique_ptr<trouble> in_trouble;  // null: it never died of a command
  };
  using room_map = std::unordered_map<std::string, record>;

  void note_use(record& at, const std::string& room) {
    ++at.commands;
    if (at.listed != nullptr) {
      used_.splice(used_.end(), *at.listed, at.place);
    } else {
      at.place = used_.insert(used_.end(), &rooms_.find(room)->first);
    }
    at.listed = &used_;
  }

  void forget(typename room_map::iterator gone) {
    if (gone->second.listed != nullptr) gone->second.listed->erase(gone->second.place);
    rooms_.erase(gone);
  }

  void decide(trouble& known, const crash_report& died_of) {
    auto deadly = std::exchange(known.deadly, {});
    if (known.tries < tries_max)
      known.again = std::move(deadly.command);
    else
      port_.set_aside(deadly, known.tries, died_of);
  }

  void start(const std::string& room, record& at) {
    at.now = stage::starting;
    port_.start_room(room);
  }

  directory_port<Handle>& port_;
  room_map rooms_;
  name_list used_;   // least recently used first
  name_list eased_;  // those that have been asked to let go of what they hold, and not used since
  std::uint64_t last_adoption_ = 0;
};

}  // namespace tidewire
