// Serves operators who look at the supervision tree, and restart what they point at (docs/operating.md):
//
//   GET  /api/v1/tree ?limit=                           all supervisors, and so many children of each
//   POST /api/v1/tree/restart {"supervisor"?, "id"}     stops that child, with those that its strategy ties to it, and starts it again
//   POST /api/v1/rooms/{room}/passivate                 lets a room leave memory
//
// It asks one supervisor after the other; one that does not answer in time is shown without its children.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "actors/engine.hpp"
#include "actors/supervision/actor_base.hpp"

namespace tidewire {

class operator_desk : public actor_base<operator_desk_actor::base> {
 public:
  // `own` outlives the actor.
  operator_desk(caf::actor_config& config, engine& own);

  behavior_type make_behavior() override;

 private:
  struct node {
    child_info what;
    std::vector<std::size_t> children;
    std::size_t total = 0;
    bool answered = false;
  };
  struct restart_order {
    std::string supervisor;  // empty: whoever has it
    std::string id;
  };
  // A walk through the tree on its way.
  struct walk {
    transport::http_responder_ptr responder;
    std::size_t max = 0;                   // children of each supervisor
    std::optional<restart_order> restart;  // of what it looks for
    std::chrono::steady_clock::time_point begun{};
    std::deque<node> nodes;  // the root first
    std::size_t open = 0;    // supervisors that have not answered
  };

  void drop_state() override;
  void handle(const transport::http_request& request, transport::http_responder_ptr responder);
  void begin(walk made);
  void ask(std::uint64_t number, std::size_t place);
  void on_children(ticket which, result<children_seen>& seen);
  void on_restarted(ticket which, const result<caf::actor>& outcome);
  void passivate(const std::string& room, transport::http_responder_ptr responder);
  void on_passivated(ticket which, const result<passivated>& outcome);
  void finish(walk& over);
  void restart(walk& over);
  void tick();

  engine& own_;
  ticket last_ticket_ = 0;
  std::unordered_map<std::uint64_t, walk> walks_;
  std::unordered_map<ticket, std::pair<std::uint64_t, std::size_t>> asked_;  // the walk, and the place of the supervisor in it
  std::unordered_map<ticket, transport::http_responder_ptr> restarting_;
  std::unordered_map<ticket, transport::http_responder_ptr> passivating_;
  role_ref<directory_actor> directory_;
};

}  // namespace tidewire
