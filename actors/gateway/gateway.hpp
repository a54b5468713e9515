// The actor around gateway_state. If it dies, the responders it held answer 503 by themselves.
#pragma once

#include <memory>
#include <string>

#include "actors/engine.hpp"
#include "actors/gateway/gateway_state.hpp"
#include "actors/supervision/actor_base.hpp"

namespace tidewire {

class gateway : public actor_base<gateway_actor::base>, private gateway_port {
 public:
  // `own` outlives the actor.
  gateway(caf::actor_config& config, engine& own, gateway_state::find_file files);

  behavior_type make_behavior() override;

 private:
  void drop_state() override;
  template <class Request, class Answer>
  void ask_reader(ticket which, const std::string& room, Request request);

  std::int64_t now_s() const override;
  std::int64_t steady_ms() const override;
  rate_verdict take_turn(const std::string& caller) override {
    return own_.at_doors.callers.take(caller, own_.options.caller_rate, steady_ms());
  }
  void note_refusal(errc why) override;
  bool ready() const override { return own_.ready.load(std::memory_order_relaxed); }
  void publish(ticket which, const std::string& room, publish_request request) override;
  void load_room(ticket which, const std::string& room) override;
  void view_entity(ticket which, const std::string& room, const std::string& key, std::optional<past_question> at) override;
  void read_state(ticket which, const std::string& room, const std::string& after, storage::page_limit limit,
                  std::optional<past_question> at) override;
  void find_entities(ticket which, tidewire::find_entities what) override;
  void read_stream(ticket which, const std::string& room, std::uint64_t after, storage::page_limit limit, bool reverse) override;
  void list_rooms(ticket which, const std::string& prefix, const std::string& after, std::size_t limit) override;
  void ask_presence(ticket which, const std::string& room) override;
  void ask_presence_stats(ticket which, const std::string& room) override;
  void tell_message(ticket which, const std::string& room, std::string data) override;

  engine& own_;
  const gateway_state::find_file files_;
  role_ref<directory_actor> directory_;
  role_ref<broadcaster_actor> broadcaster_;
  std::unique_ptr<gateway_state> state_;
};

}  // namespace tidewire
