// The account of one actor, and the list of all that are alive. An actor writes its own record; any thread reads it.
//
// How long mail waits is known by a mark: while none is in the mailbox, the next message that comes in gets one, with the time; when it is
// handled, that was its wait. So the oldest wait is exact for an actor that was idle, and at most one mailbox too short for one that is
// not.
#pragma once

#include <algorithm>
#include <atomic>
#include <caf/fwd.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/supervision/actor_stats.hpp"
#include "schemas/statistics/cycle_clock.hpp"
#include "schemas/statistics/recent_times.hpp"

namespace tidewire {

class actor_record {
 public:
  // `name` and `control` are those of the actor, which owns the record.
  actor_record(actor_kind& kind, const std::string& name, caf::actor_control_block* control);
  ~actor_record();
  actor_record(const actor_record&) = delete;
  actor_record& operator=(const actor_record&) = delete;

  // ---- by whoever sends; any thread

  // Messages in its mailbox, the one being handled included.
  std::size_t depth() const noexcept {
    if (ended()) return 0;
    const auto out = handled_.load(std::memory_order_relaxed);
    const auto in = enqueued_.load(std::memory_order_relaxed);
    return in > out ? in - out : 0;
  }
  // Before the message is in the mailbox.
  void note_enqueued() noexcept {
    const auto nth = enqueued_.fetch_add(1, std::memory_order_relaxed) + 1;
    if (!actor_timing::on.load(std::memory_order_relaxed)) return;
    auto none = no_mark;
    if (marked_at_.load(std::memory_order_relaxed) != no_mark || !marked_at_.compare_exchange_strong(none, marking)) return;
    marked_.store(nth, std::memory_order_relaxed);
    marked_at_.store(cycle_clock::now(), std::memory_order_release);
  }
  void note_refused() noexcept {
    refused_.fetch_add(1, std::memory_order_relaxed);
    kind_.refused.fetch_add(1, std::memory_order_relaxed);
  }

  // ---- by the actor

  // It is about to handle what is in its mailbox.
  void note_awake() noexcept {
    if (actor_timing::on.load(std::memory_order_relaxed)) last_ = cycle_clock::now();
  }
  // A message was handled, which it began after the last one. `held`: bytes that the actor has beside itself. True: that took too long.
  bool note_handled(std::size_t held) noexcept {
    const auto nth = handled_.load(std::memory_order_relaxed) + 1;
    handled_.store(nth, std::memory_order_relaxed);
    kind_.handled.fetch_add(1, std::memory_order_relaxed);
    held_.store(held, std::memory_order_relaxed);
    if (!actor_timing::on.load(std::memory_order_relaxed)) return false;
    const auto now = cycle_clock::now();
    const auto took = cycle_clock::ns(last_, now);
    if (const auto marked = marked_at_.load(std::memory_order_acquire); marked > marking && nth >= marked_.load(std::memory_order_relaxed))
      note_wait(marked);
    last_ = now;
    return note_time(took);
  }
  void note_end() noexcept {
    if (!ended_.exchange(true, std::memory_order_relaxed)) kind_.ended.fetch_add(1, std::memory_order_relaxed);
  }
  // Nanoseconds of the last one.
  std::uint64_t last_took() const noexcept { return last_took_; }

  // ---- by whoever looks; any thread

  actor_kind& kind() const noexcept { return kind_; }
  bool ended() const noexcept { return ended_.load(std::memory_order_relaxed); }
  std::uint64_t handled() const noexcept { return handled_.load(std::memory_order_relaxed); }
  std::uint64_t refused() const noexcept { return refused_.load(std::memory_order_relaxed); }

 private:
  // What its oldest message has waited so far; `now` is of the cycle clock.
  std::uint64_t oldest_wait_ns(std::uint64_t now) const noexcept {
    const auto marked = marked_at_.load(std::memory_order_acquire);
    return marked > marking && depth() > 0 ? cycle_clock::ns(marked, now) : 0;
  }
  // At most the longest one, however wide the steps are.
  std::uint64_t p99_ns() const noexcept { return std::min(times_.quantile_ns(0.99), longest_ns_.load(std::memory_order_relaxed)); }
  std::size_t memory_bytes() const noexcept;

  friend class actor_registry;
  static constexpr std::uint64_t no_mark = 0;
  static constexpr std::uint64_t marking = 1;

  void note_wait(std::uint64_t marked) noexcept;
  bool note_time(std::uint64_t ns) noexcept;

  actor_kind& kind_;
  const std::string& name_;
  caf::actor_control_block* const control_;
  actor_record* next_ = nullptr;  // in the list, under its lock
  actor_record* previous_ = nullptr;

  std::atomic<std::uint64_t> enqueued_{0};
  std::atomic<std::uint64_t> handled_{0};
  std::atomic<std::uint64_t> marked_at_{no_mark};
  std::atomic<std::uint64_t> marked_{0};  // which message
  std::atomic<std::uint64_t> time_ns_{0};
  std::atomic<std::uint64_t> longest_ns_{0};
  std::atomic<std::uint64_t> longest_wait_ns_{0};
  std::atomic<std::size_t> held_{0};
  std::atomic<std::uint32_t> refused_{0};
  std::atomic<std::uint32_t> restarts_{0};
  std::atomic<bool> ended_{false};
  recent_times times_;
  std::uint64_t last_ = 0;  // when the last message was done; the actor's alone, as what follows
  std::uint64_t last_took_ = 0;
  std::uint64_t untold_ns_ = 0;                    // worked since hot_actors() heard of it
  std::unique_ptr<const std::string> last_error_;  // of the one before it, under the list's lock; null: none
};

// An actor as it was in the moment of looking.
struct actor_view {
  std::uint64_t id = 0;
  std::string_view kind;
  std::string name;
  std::size_t mailbox = 0;
  std::uint64_t oldest_wait_ns = 0;
  std::uint64_t longest_wait_ns = 0;
  std::uint64_t handled = 0;
  std::uint64_t refused = 0;
  std::uint64_t time_ns = 0;  // in handlers
  std::uint64_t p99_ns = 0;   // of the last thousands
  std::uint64_t longest_ns = 0;
  std::uint64_t restarts = 0;
  std::size_t memory_bytes = 0;  // estimated
  std::string last_error;        // that ended the one before it
};

enum class actor_order : std::uint8_t { mailbox, wait, time, p99, longest, handled, memory };

class actor_registry {
 public:
  struct question {
    std::string kind = {};  // empty: all
    std::string name = {};  // a part of it
    actor_order by = actor_order::mailbox;
    std::size_t max = 50;
  };
  struct answer {
    std::vector<actor_view> actors;  // most first
    std::uint64_t matching = 0;
  };

  // Looks at every record, a part of the list at a time: actors that start or end meanwhile wait for some microseconds.
  static answer look(const question& asked);

  // One actor. Nothing if it is none of ours.
  static std::optional<actor_view> see(const caf::actor& which);

  // What its supervisor knows of it. Nothing happens if it is no actor of ours.
  static void tell(const caf::actor& of, std::uint64_t restarts, const std::string& last_error);

 private:
  friend class actor_record;
  struct part;
  static part& part_of(const actor_record& which);
  static std::uint64_t measure(const actor_record& of, actor_order by, std::uint64_t now);
  static actor_view view(const actor_record& of, std::uint64_t now);
};

// What every actor of ours is, besides an actor of CAF.
class recorded_actor {
 public:
  virtual ~recorded_actor() = default;
  virtual actor_record& record() noexcept = 0;
};

}  // namespace tidewire
