// The actor around gateway_state and server_api_state. If it dies, the responders it held answer 503 by themselves.
#pragma once

#include <memory>
#include <string>

#include "actors/engine.hpp"
#include "actors/gateway/gateway_state.hpp"
#include "actors/gateway/server_api_state.hpp"
#include "actors/supervision/actor_base.hpp"

namespace tidewire {

class gateway : public actor_base<gateway_actor::base>, private gateway_port, private server_api_port {
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
  void serve_api(const transport::http_request& request, rights who, transport::http_responder_ptr responder) override {
    server_api_->on_request(request, std::move(who), std::move(responder));
  }
  server_facts facts() const override;
  void end_connections(const end_connection& whom) override { own_.end_connections(whom); }
  void ask_audiences(ticket which, const std::optional<room_glob>& of) override;
  void expel(ticket which, const std::string& room, const std::string& user, const std::string& client) override;

  engine& own_;
  const gateway_state::find_file files_;
  role_ref<directory_actor> directory_;
  role_ref<broadcaster_actor> broadcaster_;
  std::unique_ptr<gateway_state> state_;
  std::unique_ptr<server_api_state> server_api_;
};

}  // namespace tidewire
