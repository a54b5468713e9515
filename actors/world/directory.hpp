// The actor around directory_state. A directory that has just been (re)started first asks the rooms' supervisor which rooms are live;
// commands wait until it knows.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/engine.hpp"
#include "actors/supervision/actor_base.hpp"
#include "actors/supervision/supervision_observer.hpp"
#include "actors/world/directory_state.hpp"

namespace tidewire {

class directory : public actor_base<directory_actor::base>, private directory_port<room_actor> {
 public:
  // `own` outlives the actor.
  directory(caf::actor_config& config, engine& own);

  behavior_type make_behavior() override;

 private:
  void drop_state() override;
  void learn_rooms();
  void on_rooms(const result<std::vector<child_info>>& live);

  void start_room(const std::string& room) override;
  void send(const room_actor& to, const room_command_ptr& command) override;
  void adopt(const room_actor& to, std::uint64_t adoption) override;
  void retire(const room_actor& to) override;
  void set_aside(const killed_by& deadly, std::uint32_t tries, const crash_report& died_of) override;
  void ease(const room_actor& to) override;

  void ease();
  void note_most_used();

  engine& own_;
  role_ref<supervisor_actor> rooms_;
  directory_state<room_actor> state_;
  role_ref<journal_actor> journal_;
  bool knows_rooms_ = false;
  bool easing_ = false;                               // another look is due
  std::string noted_;                                 // names of rooms, as they were written down last
  std::vector<room_command_ptr> early_;               // until the rooms are known
  std::unordered_map<ticket, std::string> starting_;  // asked of the supervisor
  ticket last_ticket_ = 0;
};

// Tells the directory which rooms come and go.
class room_observer final : public supervision_observer {
 public:
  explicit room_observer(engine& own);
  void child_started(const std::string& id, const caf::actor& handle, std::uint64_t incarnation) override;
  void child_died(const std::string& id, std::uint64_t incarnation, const caf::error& reason) override;

 private:
  role_ref<directory_actor> directory_;
};

}  // namespace tidewire
