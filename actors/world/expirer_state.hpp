// Removes what has expired. Storage says which entities are due; each one's room is asked to remove it under the condition that it still
// has the version that was due, so a key that was changed meanwhile stays, and a removal is ordered, committed and told as any other.
// Nothing is remembered across a crash: what is not removed is due still.
//
// A sweep goes through what is due, page by page, with a bounded number of removals on their way. A room that refuses is left alone for a
// while, then asked for one removal; many refusals end the work until the next tick.
//
// What such a room keeps stands in the way of the others, for what is due is read in the order of time. So a sweep passes over it quickly,
// a bounded number of rows a tick; and when one has left something behind, a second sweep looks at what has become due since.
//
// Pure: asks through expirer_port, is told through the on_… functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "actors/messages.hpp"
#include "schemas/limits.hpp"

namespace tidewire {

class expirer_port {
 public:
  virtual ~expirer_port() = default;
  virtual std::int64_t now_ms() const = 0;     // Unix time
  virtual std::int64_t steady_ms() const = 0;  // never jumps
  virtual void find_due(ticket which, const storage::due_position& after, std::int64_t now_ms, std::size_t limit) = 0;
  virtual void publish(ticket which, const std::string& room, operation what) = 0;
};

class expirer_state {
 public:
  static constexpr std::uint32_t tick_ms = 1'000;

  // Both outlive it.
  expirer_state(const limits& limit, expirer_port& port) : limit_(limit), port_(port) {}

  void tick();  // at the start, and every tick_ms
  void on_due(ticket which, const result<std::vector<storage::due_entity>>& page);
  void on_removed(ticket which, const result<published>& outcome);

 private:
  struct removal {
    std::string room;
    std::string key;
    std::int64_t expires_ms = 0;
  };
  struct pause {
    std::int64_t until_ms = 0;  // steady clock
    std::int64_t ms = 0;
    ticket probe = 0;  // one removal that is on its way although the last one was refused; 0: none
  };
  struct sweep {
    bool under_way = false;
    std::int64_t until_ms = 0;  // Unix time
    storage::due_position at;
    bool left = false;       // something that is due was passed over
    std::size_t passed = 0;  // since the last tick, on pages where there was nothing else
  };

  void begin_sweep();
  void begin_second_sweep(std::int64_t seen_until_ms);
  void go_on();
  sweep* next_sweep();
  void end(sweep& done);
  bool ask(const storage::due_entity& row);
  bool paused(const std::string& room) const;
  void refused(const removal& what);

  const limits& limit_;
  expirer_port& port_;
  ticket last_ticket_ = 0;
  ticket reading_ = 0;  // 0: not
  std::size_t rows_asked_ = 0;
  sweep first_;
  sweep second_;
  sweep* reads_for_ = nullptr;                    // the one that is, or was, read for last
  std::int64_t nothing_before_ms_ = 0;            // Unix time: the next first sweep begins there, unless it looks at everything
  std::optional<std::int64_t> looked_at_all_ms_;  // steady clock
  std::map<ticket, removal> removing_;
  std::set<std::pair<std::string, std::string>> under_way_;  // room and key of these
  std::size_t refusals_ = 0;                                 // since the last tick or success
  std::unordered_map<std::string, pause> pauses_;            // of rooms
};

}  // namespace tidewire
