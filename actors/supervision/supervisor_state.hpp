// What a supervisor decides: which children to start, stop and start again, and when to give up. Pure: events in, actions out, time
// comes with the events. The actor around it (supervisor.hpp) carries the actions out in the order given and reports back.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "actors/supervision/restart_policy.hpp"

namespace tidewire {

using child_number = std::uint64_t;  // order of adding within one supervisor; never used twice

enum class child_phase : std::uint8_t {
  stopped,   // not running and not about to be, unless its group is started again
  waiting,   // a restart is due: after its backoff, or when its group is down
  starting,  // a start action is being carried out
  running,
  stopping,  // asked to end
};

struct supervised_child {
  std::string id;
  restart_kind kind = restart_kind::permanent;
  bool dynamic = false;      // added by a request: forgotten when it has ended for good
  bool wanted = true;        // false: somebody asked to stop it, group restarts leave it alone
  bool start_again = false;  // start it as soon as it has stopped
  child_phase phase = child_phase::stopped;
  std::uint64_t starts = 0;    // of which all but the first are restarts
  std::uint32_t failures = 0;  // in a row, for the backoff
  std::uint64_t timer = 0;     // of its backoff: the only one that counts
  std::chrono::steady_clock::time_point started_at{};
};

struct supervisor_action {
  enum class verb : std::uint8_t {
    start,     // start the child, then report started or start_failed
    stop,      // ask the child to end, kill it after its time-out; exited follows
    wait,      // report timer_fired(child, timer) after the delay; child 0 is a group
    forget,    // the child has ended for good and is no longer known
    finish,    // every child is down after stop_all: exit normally
    escalate,  // every child is down after too many restarts: exit with an error
  };
  verb what;
  child_number child = 0;
  std::uint64_t timer = 0;
  std::chrono::milliseconds delay{0};

  bool operator==(const supervisor_action&) const = default;
};
using supervisor_actions = std::vector<supervisor_action>;

class supervisor_state {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit supervisor_state(restart_policy policy) : policy_(policy) {}

  // A new last child, not started yet. REQUIRES: the id is unknown.
  child_number add(std::string id, restart_kind kind, bool dynamic);

  // Requests. start_all: once, in order of adding. stop_all: everybody in reverse order, then finish; children that were added by
  // request to a one_for_one supervisor have no order and are stopped all at once. restart: as if the child had crashed, but without
  // counting it. REQUIRES for start: !busy().
  supervisor_actions start_all();
  supervisor_actions stop_all();
  supervisor_actions start(child_number number);
  supervisor_actions stop(child_number number);
  supervisor_actions restart(child_number number);

  // Reports. REQUIRES: the child is known. Late timers are ignored.
  supervisor_actions started(child_number number, time_point now);
  supervisor_actions start_failed(child_number number, time_point now);
  supervisor_actions exited(child_number number, bool normally, time_point now);
  supervisor_actions timer_fired(child_number number, std::uint64_t timer);

  // A group is being restarted or everything is being stopped: no new children now.
  bool busy() const { return ending_ || group_from_; }
  bool ending() const { return ending_.has_value(); }
  std::optional<child_number> find(std::string_view id) const;
  const supervised_child& at(child_number number) const { return children_.at(number); }
  const std::map<child_number, supervised_child>& children() const { return children_; }

 private:
  using verb = supervisor_action::verb;
  static constexpr child_number past_all = ~child_number{0};

  void emit(verb what, child_number number) { actions_.push_back({.what = what, .child = number}); }
  supervisor_actions take_actions();
  void begin_start(child_number number, supervised_child& child);
  void begin_stop(child_number number, supervised_child& child);
  void begin_wait(child_number number, supervised_child& child, std::chrono::milliseconds delay);
  void retry(child_number number, time_point now, bool may_start_now);
  void ended(child_number number);
  void forget(child_number number);
  bool admit_restart(time_point now);
  std::chrono::milliseconds next_delay(supervised_child& child, time_point now) const;
  bool in_group(child_number number) const { return group_from_ && number >= *group_from_; }
  void restart_group(child_number from, std::chrono::milliseconds delay);
  void stop_group();
  void start_group();
  void end(verb how);
  void stop_next();

  restart_policy policy_;
  std::map<child_number, supervised_child> children_;
  std::unordered_map<std::string_view, child_number> numbers_;  // by the id inside children_
  child_number next_number_ = 1;
  std::uint64_t next_timer_ = 1;
  std::deque<time_point> restarts_;  // within the period

  // The group that is being stopped, waits, or is being started: every child from this one on.
  std::optional<child_number> group_from_;
  child_number down_from_ = past_all;  // while stopping: it and all after it are down
  child_number up_to_ = 0;             // while starting: all before it are dealt with
  bool group_starting_ = false;
  std::uint64_t group_timer_ = 0;
  std::chrono::milliseconds group_delay_{0};

  std::optional<verb> ending_;  // finish or escalate
  supervisor_actions actions_;
};

}  // namespace tidewire
