// Brings back into memory the rooms that were used most before the last stop, a few at a time, while the server serves already. Bounded in
// time ([memory] warm_up) and in what it reads; whoever asks for a room meanwhile does not wait for it.
#pragma once

#include <chrono>
#include <deque>
#include <string>

#include "actors/engine.hpp"
#include "actors/supervision/actor_base.hpp"

namespace tidewire {

// Of the store: the names of these rooms, each with a NUL behind it, most used first. The directory writes it.
inline constexpr std::string_view most_used_note = "most used rooms";

class warm_up_rooms : public actor_base<warm_up_actor::base> {
 public:
  // `own` outlives the actor.
  warm_up_rooms(caf::actor_config& config, engine& own);

  behavior_type make_behavior() override;

 private:
  void begin(const std::string& names);
  void next();
  void end();

  engine& own_;
  role_ref<reader_actor> reader_;
  role_ref<directory_actor> directory_;
  std::chrono::steady_clock::time_point begun_{};
  std::deque<std::string> rooms_;
  std::size_t under_way_ = 0;
};

}  // namespace tidewire
