// One room: the order of its changes, their commit, and who may see them when. Pure; room.cpp is the actor around it. What it is asked and
// told, and what it does by itself in time, is in room_state.cpp, how it becomes ready in room_opening.cpp, the way of a change in
// room_changes.cpp.
//
//   opening → (catching the broadcaster up) → ready ⇄ opening again after a refused append
//
// One append is in flight at a time. What is ordered meanwhile gathers for the next one, and so does what is in the mailbox already:
// appends and runs grow under load without a timer.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "actors/room/catch_up.hpp"
#include "actors/room/change_queue.hpp"
#include "actors/room/resumption.hpp"
#include "actors/room/room_context.hpp"
#include "actors/room/room_tail.hpp"
#include "actors/room/warm_up.hpp"

namespace tidewire {

class room_state {
 public:
  // All but the name outlive the room.
  room_state(std::string name, const namespace_options& options, const limits& limit, memory_account& held, room_port& port);

  void start();
  void handle(publish_request_ptr request);
  void handle(const subscribe_request& request);
  void handle(const resume_request& request);
  void handle(const warm_request& request) { warm_up_.start(request); }

  void on_opened(ticket which, result<storage::room_record> record);
  void on_told(ticket which, result<std::optional<std::uint64_t>> told);
  void on_committed(ticket which, result<committed> outcome);
  void on_proposal(ticket which, result<proposal> proposed);
  void on_loaded(ticket which, result<std::optional<entity_document>> loaded);
  void on_dedupe(ticket which, result<std::optional<storage::dedupe_record>> found);
  void on_state(ticket which, result<storage::state_page> page);
  void on_stream(ticket which, result<storage::stream_page> page);
  void on_first_after(ticket which, result<std::uint64_t> first);
  void on_entity_gone(const std::string& key, crash_report died_of);
  void flush();
  void tick();
  // Memory is short: lets go of what it has not used longest, and of all of that if nothing has happened for a moment.
  void ease();

  // The tail, and what its changes hold until they are answered; entities and pages are others'.
  std::size_t held_bytes() const noexcept { return tail_.bytes() + room_.in_flight.bytes(); }

  // Nothing is on its way and nothing has happened for room_idle_s.
  bool idle() const { return unused_for(std::int64_t{room_.limit.room_idle_s} * 1000) && rests(); }
  // It has eased, and may leave: nothing is on its way, nothing has happened for a moment, and no client is between two pages.
  bool may_leave() const;
  // Nothing is on its way.
  bool rests() const;

 private:
  static constexpr auto never = std::numeric_limits<std::int64_t>::max();
  static constexpr std::uint32_t retry_ms = 250;  // between two attempts to open
  static constexpr std::uint32_t busy_tick_ms = 1'000;
  enum class stage : std::uint8_t { opening, asking_told, handing_over, ready };
  struct completion {
    publish_request_ptr request;
    result<published> outcome;
  };
  struct batch {
    std::vector<publication_ptr> publications;
    std::vector<entity_ptr> before;  // what each of them replaced
    std::vector<storage::dedupe_record> dedupe;
    std::int64_t more_entities = 0;
    std::vector<completion> completions;
    std::size_t bytes = 0;
    bool empty() const noexcept { return completions.empty(); }
  };

  void open();
  void refuse_waiting(const failure& why);
  void reopened(const storage::room_record& record);
  void hand_over();
  void on_untold(result<storage::stream_page> page);
  void become_ready();

  void release_ready();
  void order(change_queue::ready_slot& ready);
  change_done order(change_queue::step& made, const publish_request& request, std::int64_t now);
  std::shared_ptr<publication> publication_of(const operation& what, proposal& becomes, std::int64_t now);
  void hold(std::size_t bytes);
  void set_aside(change_queue::ready_slot& ready);
  void ask_to_flush();
  void settle(batch done);
  void trace(const batch& what, const char* step) const;
  void refuse(batch& lost, const failure& why);
  void complete(batch& done);
  void trim(std::uint64_t first);

  void ensure_tick(std::uint32_t ms);
  void watch();
  bool unused_for(std::int64_t ms) const { return room_.port.steady_ms() - active_ms_ >= ms; }
  std::uint32_t quiet_ms(std::int64_t now) const;
  void touch() { active_ms_ = room_.port.steady_ms(); }

  room_context room_;
  room_tail tail_;
  change_queue changes_;
  catch_up catch_up_;
  resumption resumption_;
  warm_up warm_up_;

  stage stage_ = stage::opening;
  bool opened_before_ = false;
  generation generation_ = 0;
  ticket open_ticket_ = 0;  // 0: not asked, as for the others
  ticket told_ticket_ = 0;
  ticket hand_over_ticket_ = 0;
  ticket append_ticket_ = 0;
  ticket trim_ticket_ = 0;
  std::uint64_t told_ = 0;      // while handing over
  std::uint64_t assigned_ = 0;  // newest offset given
  batch gathering_;
  batch in_flight_;  // outcome unknown while opening again
  bool flush_asked_ = false;
  std::deque<subscribe_request> waiting_subscribers_;
  std::deque<publish_request_ptr> waiting_publishers_;
  std::size_t waiting_bytes_ = 0;  // of the publishers
  std::int64_t active_ms_ = 0;
  std::int64_t trimmed_ms_ = 0;
  std::int64_t tick_due_ms_ = never;
  bool watched_ = false;  // since the last tick
  memory_charge own_;     // the room itself
};

}  // namespace tidewire
