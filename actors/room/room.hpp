// The actor around room_state: turns its wishes into mail and mail into its events. Parent of its entities.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "actors/engine.hpp"
#include "actors/room/room_state.hpp"
#include "actors/supervision/actor_base.hpp"

namespace tidewire {

class room : public actor_base<room_actor::base>, private room_port {
 public:
  // `own` outlives the actor.
  room(caf::actor_config& config, engine& own, std::string name);

  behavior_type make_behavior() override;
  using actor_base::resume;  // by the scheduler; the port's is another

 private:
  void drop_state() override;
  std::size_t held_bytes() const noexcept override { return state_ ? state_->held_bytes() : 0; }
  void handle(const room_command_ptr& command);
  void offer_to_retire();
  void retire();
  template <class Request, class Answer>
  void ask_reader(ticket which, Request request);

  std::int64_t now_ms() const override;
  std::int64_t steady_ms() const override;
  std::string new_epoch() override;
  generation next_generation() override { return own_.next_number(); }
  void tick_after(std::uint32_t ms) override;
  void ask_for_relief() override;
  void flush_soon() override;
  void start_entity(const std::string& key, entity_ptr document) override;
  void apply(const std::string& key, ticket which, apply_change change) override;
  void accept(const std::string& key, entity_ptr document) override;
  void stop_entity(const std::string& key) override;
  void stop_entities() override;
  void set_aside(publish_request_ptr request, std::uint32_t tries, crash_report died_of) override;
  void open(ticket which, generation since) override;
  void append(ticket which, generation of, storage::append changes) override;
  void trim(std::uint64_t first) override;
  void load(ticket which, const std::string& key) override;
  void find_dedupe(ticket which, const idempotency& once) override;
  void read_state(ticket which, const std::string& after, storage::page_limit limit) override;
  void read_stream(ticket which, std::uint64_t after, storage::page_limit limit) override;
  void find_first_after(ticket which, std::int64_t time_ms) override;
  void ask_told(ticket which) override;
  void tell(std::vector<change> news) override;
  void attach(tidewire::attach subscription) override;
  void resume(tidewire::resume ready) override;
  void reset_audience() override;

  engine& own_;
  const std::string name_;
  const namespace_options& options_;
  role_ref<directory_actor> directory_;
  role_ref<journal_actor> journal_;
  role_ref<reader_actor> reader_;
  role_ref<broadcaster_actor> broadcaster_;
  generation generation_ = 0;   // last opened
  std::uint64_t adoption_ = 0;  // by the present directory
  std::uint64_t handled_ = 0;   // commands since then
  untold::hold appended_;       // what was appended and is not told
  bool retired_ = false;
  room_command_ptr killed_by_;  // it threw; this actor is at its end
  std::unordered_map<std::string, entity_actor> entities_;
  std::unordered_map<caf::actor_addr, std::string> keys_;  // of the entities, by address
  std::unique_ptr<room_state> state_;
};

}  // namespace tidewire
