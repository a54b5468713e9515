#include "actors/fanout/broadcaster.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>
#include <utility>

#include "actors/supervision/pending_reply.hpp"
#include "schemas/access/operators.hpp"
#include "schemas/names.hpp"
#include "schemas/presence.hpp"
#include "schemas/room_pattern.hpp"
#include "transport/io_threads.hpp"

namespace tidewire {

broadcaster::broadcaster(caf::actor_config& config, engine& own, std::uint64_t start)
    : actor_base(config, {.kind = "broadcaster"}),
      own_(own),
      start_(start),
      presence_(own.roles.ref<presence_actor>(role::presence)),
      lifecycle_(own.roles.ref<lifecycle_actor>(role::lifecycle)),
      live_desk_(own.roles.ref<live_desk_actor>(role::live_desk)),
      state_(std::make_unique<broadcaster_state>(static_cast<fanout_port&>(*this), own.options.limit, start,
                                                 own.options.websocket_compression, &own.deflated)) {}

broadcaster::behavior_type broadcaster::make_behavior() {
  return {
      [this](const run_ptr& news) {
        state_->handle(*news);
        note_held();
      },
      [this](const attach_ptr& wanted) { state_->handle(*wanted); },
      [this](const resume_ptr& ready) {
        state_->handle(*ready);
        own_.resumed = state_->statistics().resumes;
      },
      [this](const tidewire::detach& leaving) { state_->handle(leaving); },
      [this](const ask_told& question) { state_->handle(question); },
      [this](const reset_audience& lost) { state_->handle(lost); },
      [this](const ask_audience& question) { state_->handle(question); },
      [this](const ask_presence& question) { state_->handle(question); },
      [this](const ask_presence_stats& question) { state_->handle(question); },
      [this](const ask_audiences& question) { state_->handle(question); },
      [this](const expel& whom) { state_->handle(whom); },
      [this](const subscribe_pattern_ptr& wanted) { state_->handle(*wanted); },
      [this](const lost_room& lost) { state_->handle(lost); },
      [this](const tell_presence& wish) { state_->handle(wish); },
      [this](const ghost_left& ghost) { state_->handle(ghost); },
      [this](const tell_message& sent) { state_->handle(sent); },
      [this](ticket which, result<storage::states_page>& page) { state_->on_states(which, std::move(page)); },
      [this](drained_atom) {
        state_->drained();
        note_held();
      },
      [this](told_atom) { state_->on_all_told(); },
      [this](tick_atom) { state_->tick(); },
  };
}

// There is one broadcaster: it says what it holds, and the next one says so anew.
void broadcaster::note_held() {
  const auto now = state_->statistics();
  own_.held[memory_part::frames].used.store(now.pending_bytes + now.in_flight_bytes, std::memory_order_relaxed);
  own_.told.fetch_add(now.publications - std::exchange(told_, now.publications), std::memory_order_relaxed);
  own_.delivered.fetch_add(now.deliveries - std::exchange(delivered_, now.deliveries), std::memory_order_relaxed);
}

std::size_t broadcaster::io_threads() const noexcept { return own_.io.size(); }

void broadcaster::post(std::size_t thread, std::function<void()> job) { own_.io.post(thread, std::move(job)); }

// Weak, for a job in the queue of an I/O thread must not keep a dead broadcaster in memory.
template <class Atom>
std::function<void()> broadcaster::note() {
  return [weak = caf::actor_cast<caf::weak_actor_ptr>(this)] {
    if (const auto strong = weak.lock()) caf::anon_send(caf::actor_cast<broadcaster_actor>(strong), Atom::value);
  };
}

std::function<void()> broadcaster::when_drained() { return note<drained_atom>(); }

void broadcaster::ask_when_told() { own_.under_way.when_told(note<told_atom>()); }

void broadcaster::read_states(ticket which, const std::string& pattern, const std::string& after_room, const std::string& after_key,
                              storage::page_limit limit) {
  auto reader = own_.reader_of(pattern);
  mail(reader, std::make_shared<const read_request>(
                   read_request{in_memory(options_of(own_.options, pattern)),
                                tidewire::read_states{std::string(prefix_of_pattern(pattern)), after_room, after_key, limit,
                                                      make_reply<storage::states_page>(this, which)}}));
}

// Of rooms that the server keeps nobody has to hear, least of all those who read it there; but who fills the operators' rooms does so only
// while somebody looks.
void broadcaster::note_occupied(const std::string& room, bool occupied) {
  if (occupied && is_for_operators(room)) return mail(live_desk_, room);
  if (!own_.options.lifecycle || is_kept_by_server(room) || is_room_pattern(room)) return;
  mail(lifecycle_, lifecycle_event{occupied ? lifecycle_event::kind::room_occupied : lifecycle_event::kind::room_vacated, room, {}});
}

void broadcaster::note_presence(const std::string& room, const client_info& who, bool left) {
  if (is_room_pattern(room) || !keeps_presence(options_of(own_.options, room))) return;
  mail(presence_, presence_news{start_, room, who, left});
}

void broadcaster::note_told(const std::string& room, std::size_t publications, std::size_t deliveries) {
  const auto since = clock().now().time_since_epoch();
  own_.hot_rooms.note(room, publications + deliveries, std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
}

std::chrono::steady_clock::time_point broadcaster::now() const noexcept { return clock().now(); }

void broadcaster::wake_at(std::chrono::steady_clock::time_point when) {
  caf::delayed_anon_send(caf::actor_cast<broadcaster_actor>(this), when - now(), tick_atom::value);
}

}  // namespace tidewire
