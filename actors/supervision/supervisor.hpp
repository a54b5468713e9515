// The actor around supervisor_state: starts, monitors, stops and restarts its children and answers requests about them.
//
// Its children of the spec are started by its constructor, in order: when spawn returns, the whole tree below it stands, except for
// what failed to start. It ends when it is sent an exit message (after its children, with that reason) or when they crash too often
// (actor_error::too_many_restarts). If it is killed or throws, it kills its children.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "actors/supervision/actor_base.hpp"
#include "actors/supervision/supervisor_messages.hpp"
#include "actors/supervision/supervisor_state.hpp"

namespace tidewire {

class supervisor final : public actor_base<supervisor_actor::base> {
 public:
  supervisor(caf::actor_config& config, supervisor_spec spec);

  behavior_type make_behavior() override;

 private:
  using time_point = std::chrono::steady_clock::time_point;

  // There may be a hundred thousand of them: what few need is kept aside.
  struct record {
    std::unique_ptr<const decltype(child_spec::start)> start;  // null once a child runs that is never started again
    caf::actor handle = {};                                    // empty unless it runs
    std::uint64_t stop_attempt = 0;                            // 0: not asked to stop
    std::uint32_t shutdown_ms = 0;                             // after so long it is killed
    bool takes_its_time = false;                               // it is not
    bool supervisor = false;
    std::unique_ptr<const std::string> last_error = nullptr;  // that ended it last
  };
  template <class T>
  using awaiting = std::unordered_map<child_number, std::vector<reply_ptr<T>>>;
  // Something to do at a time: after a backoff, or when a child did not stop in time.
  struct due {
    child_number number;
    std::uint64_t timer;         // of supervisor_action::wait
    std::uint64_t stop_attempt;  // or of a stop
  };

  const std::string& id_of(child_number number) const { return state_.at(number).id; }
  child_number adopt(child_spec spec, bool dynamic);
  void carry_out(supervisor_actions actions);
  void carry_out(const supervisor_action& action);
  void forget(child_number number);
  void start(child_number number);
  void stop(child_number number);
  void kill_late(const due& entry);
  void schedule(std::chrono::milliseconds delay, due entry);
  void on_tick();
  void on_down(const caf::down_msg& down);
  void on_exit_message(caf::exit_msg& message);
  void on_start_child(start_child& request);
  void on_stop_child(const stop_child& request);
  void on_restart_child(const restart_child& request);
  std::vector<child_info> list(std::size_t max) const;  // the first of them
  void end_with(caf::error reason);
  void drop_state() override;

  supervisor_state state_;
  std::atomic<std::uint64_t>& restarts_;  // of its children
  std::shared_ptr<supervision_observer> observer_;
  std::unordered_map<child_number, record> children_;
  std::unordered_map<caf::actor_id, child_number> running_;
  awaiting<caf::actor> awaiting_start_;
  awaiting<child_stopped> awaiting_stop_;
  std::deque<supervisor_action> to_do_;
  bool working_ = false;
  std::multimap<time_point, due> schedule_;
  time_point next_tick_ = time_point::max();
  std::uint64_t next_stop_attempt_ = 1;
  caf::error exit_reason_;
  bool behaving_ = false;  // make_behavior was called: before that quit has no effect
  bool over_ = false;
};

}  // namespace tidewire
