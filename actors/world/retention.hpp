// The actor around retention_state: one for the rooms on disk, one for those in memory.
#pragma once

#include <string>
#include <vector>

#include "actors/engine.hpp"
#include "actors/supervision/actor_base.hpp"
#include "actors/world/retention_state.hpp"

namespace tidewire {

class retention : public actor_base<retention_actor::base>, private retention_port {
 public:
  // `own` outlives the actor.
  retention(caf::actor_config& config, engine& own, bool memory);

  behavior_type make_behavior() override;

 private:
  void tick();
  template <class Request>
  void ask_reader(Request request);

  std::int64_t now_ms() const override;
  std::int64_t steady_ms() const override;
  std::vector<std::string> half_forgotten() const override;
  void load_ages(ticket which, const std::string& after, std::size_t limit) override;
  void find_first_after(ticket which, const std::string& room, std::int64_t time_ms) override;
  void trim(const std::string& room, std::uint64_t first) override;
  void ask_audience(ticket which, const std::string& room) override;
  void forget(ticket which, const std::string& room, const std::string& epoch, std::uint64_t top) override;

  engine& own_;
  const bool memory_;
  role_ref<reader_actor> reader_;
  role_ref<journal_actor> journal_;
  role_ref<broadcaster_actor> broadcaster_;
  retention_state state_;
};

}  // namespace tidewire
