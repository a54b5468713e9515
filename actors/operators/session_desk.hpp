// Serves operators who look at the connections of clients, and end them (docs/operating.md):
//
//   GET    /api/v1/sessions ?sort=queued|missed|age|subscriptions &user= &behind=true &limit=
//   GET    /api/v1/sessions/{client}          with its subscriptions
//   DELETE /api/v1/sessions/{client}          disconnects it; the client does not come back by itself
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>

#include "actors/engine.hpp"
#include "actors/operators/session_survey.hpp"
#include "actors/supervision/actor_base.hpp"

namespace tidewire {

class session_desk : public actor_base<session_desk_actor::base> {
 public:
  // `own` outlives the actor.
  session_desk(caf::actor_config& config, engine& own);

  behavior_type make_behavior() override;

 private:
  enum class purpose : std::uint8_t { list, show, end };
  struct pending {
    transport::http_responder_ptr responder;
    purpose what = purpose::list;
    std::chrono::steady_clock::time_point begun{};
    std::optional<session_line> line{};          // of the one to be shown
    std::optional<result<session_card>> card{};  // what it says itself
  };

  void drop_state() override { under_way_.clear(); }
  void handle(const transport::http_request& request, transport::http_responder_ptr responder);
  void ask(session_question question, transport::http_responder_ptr responder, purpose what);
  void on_seen(ticket which, const result<sessions_seen>& seen);
  void on_card(ticket which, result<session_card>& card);
  void show(ticket which);
  void tick();

  engine& own_;
  ticket last_ticket_ = 0;
  std::unordered_map<ticket, pending> under_way_;
};

}  // namespace tidewire
