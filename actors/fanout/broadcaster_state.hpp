// The broadcaster without its actor: tells each room's audience what the room has committed, encoded once per audience.
//
// One run is in flight at a time. Idle, the first publication goes out at once; while the I/O threads are busy with a run, publications
// of all rooms gather and go out together when they are through. So runs grow with the load and need no timer. A namespace
// that wants larger runs sets a delay: its rooms then join a drain only when their oldest publication has waited that long, or enough have
// come.
//
// What a member is sent keeps its order, for every way to it is a job posted to its I/O thread: first the reply to its subscribe,
// then every publication above its starting offset, then the reply to its unsubscribe.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "actors/fanout/fanout_port.hpp"
#include "actors/fanout/pattern_feed.hpp"
#include "actors/fanout/pattern_index.hpp"
#include "actors/fanout/room_fanout.hpp"
#include "actors/messages.hpp"
#include "schemas/limits.hpp"

namespace tidewire {

struct fanout_statistics {
  // Now.
  std::size_t rooms = 0;  // with an audience
  std::size_t members = 0;
  std::size_t pending_bytes = 0;
  std::size_t in_flight_bytes = 0;
  // Since the start.
  std::uint64_t runs = 0;
  std::uint64_t publications = 0;  // received for rooms with an audience
  std::uint64_t frames = 0;        // encoded
  std::uint64_t bytes = 0;         // of these frames
  std::uint64_t deliveries = 0;    // publications times their receivers
  std::uint64_t resets = 0;        // audiences told that they must subscribe again
  std::uint64_t resumes = 0;       // times that a slow member was told what it had missed
};

// Used by one thread at a time; `port` must outlive it.
class broadcaster_state {
 public:
  // `start` tells this incarnation from earlier ones (subscribe_step::broadcaster_start). `deflated`: see frame_maker.
  broadcaster_state(fanout_port& port, const limits& limit, std::uint64_t start, const compression_options& compression = {},
                    std::atomic<std::uint64_t>* deflated = nullptr)
      : port_(port), limit_(limit), start_(start), frames_(compression, deflated) {}

  void handle(const run& news);
  void handle(const attach& wanted);
  void handle(const resume& ready);
  void handle(const detach& leaving);
  void handle(const ask_told& question);
  void handle(const reset_audience& lost);
  void handle(const ask_audience& question) const;
  void handle(const ask_presence& question) const;
  void handle(const ask_presence_stats& question) const;
  void handle(const ask_audiences& question) const;
  void handle(const expel& whom);
  void handle(const subscribe_pattern& wanted);
  void handle(const lost_room& lost);
  void handle(const tell_presence& wish) const;
  void handle(const ghost_left& ghost);
  void handle(const tell_message& sent);
  void on_states(ticket which, result<storage::states_page> page);
  void on_all_told();

  // Some run is through (fanout_port::when_drained).
  void drained();
  // Time has passed (fanout_port::wake_at).
  void tick();

  fanout_statistics statistics() const noexcept;

 private:
  using time_point = std::chrono::steady_clock::time_point;
  using room_ptr = std::shared_ptr<room_fanout>;

  // A posted run and whom it concerns.
  struct flight {
    std::shared_ptr<fanout_run> run;
    std::vector<room_ptr> rooms;
  };

  // A page of a pattern's snapshot on its way.
  struct pattern_page {
    std::string pattern;
    subscribe_request request;
    std::uint64_t above = 0;  // what was told above that position comes behind the last page
    storage::states_page read;
  };

  void take(const room_ptr& room, const std::vector<change>& news, const run& how);

  void read_page(const std::string& pattern, const subscribe_request& request);
  void settle_pages();
  void answer_page(pattern_page page);
  void go_live(pattern_page page, std::vector<entity_ptr> rows, std::vector<publication_ptr> changed);
  void tell_patterns(const run& news);
  void restart_patterns(const std::string& room);
  void leave_pages(const detach& leaving);
  pattern_feed& feed_of(const std::string& pattern);
  void forget_if_unused(const std::string& pattern);

  room_ptr find(const std::string& name) const;
  room_ptr make_room(const std::string& name, std::uint64_t told);
  void remove(const room_ptr& room, session_id session);
  void announce(const room_ptr& room, const client_info& who, bool left);
  template <class News>
  void tell_beside(const room_ptr& room, News news);
  void forget_if_empty(const room_ptr& room);
  void end_subscriptions(const room_ptr& room);

  void schedule(const room_ptr& room, const run& how, bool first);
  void queue(const room_ptr& room);
  void queue_all();
  void arm_timer();
  void drain();
  void close_run(const room_ptr& room);
  void encode(const room_ptr& room, fanout_run& into);
  void send(std::shared_ptr<fanout_run> ready, std::vector<room_ptr> rooms);
  void send_reply(const transport::outbox_ptr& out, const std::string& room, frame_ptr reply);
  void send_reply(const transport::outbox_ptr& out, const std::string& room, std::shared_ptr<parting_frame> last);

  fanout_port& port_;
  const limits limit_;
  const std::uint64_t start_;
  std::unordered_map<std::string, room_ptr> rooms_;  // with members only; patterns too
  pattern_index<pattern_feed> patterns_;             // with members, or with readers of pages
  std::uint64_t feeds_from_ = 0;                     // above every position of those that are gone
  std::unordered_map<ticket, pattern_page> pages_;
  std::vector<ticket> settling_;   // read, and wait until what was in the store then has been told
  std::vector<ticket> unsettled_;  // read meanwhile
  ticket last_ticket_ = 0;
  std::unordered_set<std::string> lost_;  // rooms that have not opened again
  std::vector<room_ptr> queued_;          // for the next drain
  // Rooms whose run lets itself grow. An entry may have become void: the room's own `due` counts.
  using waiting = std::pair<time_point, room_ptr>;
  std::priority_queue<waiting, std::vector<waiting>, std::greater<>> waiting_;
  std::optional<time_point> timer_;  // the next tick asked for
  std::vector<flight> in_flight_;
  fanout_statistics counted_;
  std::string scratch_;
  frame_maker frames_;
};

}  // namespace tidewire
