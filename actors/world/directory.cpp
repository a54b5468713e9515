#include "actors/world/directory.hpp"

#include <chrono>
#include <utility>

#include "actors/room/room.hpp"
#include "actors/supervision/actor_error.hpp"
#include "actors/supervision/pending_reply.hpp"
#include "actors/world/warm_up_actor.hpp"
#include "schemas/statistics/publish_trace.hpp"

namespace tidewire {

namespace {

// When memory is short.
constexpr std::size_t rooms_a_look = 32;
constexpr std::chrono::milliseconds look_interval{5};
constexpr std::chrono::milliseconds rest_interval{500};  // all have been asked

constexpr std::chrono::minutes note_interval{1};
constexpr std::size_t noted_rooms_max = 1'000;

}  // namespace

directory::directory(caf::actor_config& config, engine& own)
    : actor_base(config, {.kind = "directory"}),
      own_(own),
      rooms_(own.roles.ref<supervisor_actor>(role::rooms)),
      state_(static_cast<directory_port<room_actor>&>(*this)),
      journal_(own.roles.ref<journal_actor>(role::journal)) {}

directory::behavior_type directory::make_behavior() {
  own_.roles.subscribe(role::rooms, caf::actor_cast<caf::actor>(this));
  delayed_send(this, note_interval, note_atom::value);
  own_.held.heard();  // what was asked of the one before may be lost; who needs it asks again
  return {
      [this](const room_command_ptr& command) {
        if (knows_rooms_) return state_.on_command(command);
        if (early_.size() < directory_state<room_actor>::waiting_max) early_.push_back(command);
      },
      [this](const retire_request& wish) { state_.on_retire_request(wish); },
      [this](const room_started& what, const caf::actor& handle) { state_.on_started(what.room, caf::actor_cast<room_actor>(handle)); },
      [this](const room_ended& what) { state_.on_ended(what.room, what.died_of); },
      [this](const killed_by& deadly) { state_.on_killed(deadly); },
      [this](const role_changed& change) {
        if (change.handle) learn_rooms();
      },
      [this](ticket which, const result<caf::actor>& started) {
        const auto asked = starting_.extract(which);
        if (!asked.empty() && !started) state_.on_start_failed(asked.mapped(), started.error().code);
      },
      [this](ticket, const result<std::vector<child_info>>& live) { on_rooms(live); },
      [this](const passivate_room& wish) {
        const auto handle = state_.live(wish.room);
        handle ? caf::anon_send(handle, wish) : wish.reply->answer(passivated{});
      },
      [this](ease_atom) {
        own_.held.heard();
        ease();
      },
      [this](tick_atom) {
        easing_ = false;
        ease();
      },
      [this](note_atom) {
        note_most_used();
        delayed_send(this, note_interval, note_atom::value);
      },
  };
}

void directory::drop_state() {
  own_.roles.unsubscribe(role::rooms, caf::actor_cast<caf::actor>(this));
  early_.clear();
  state_.clear();
}

void directory::learn_rooms() { mail(rooms_, which_children{make_reply<std::vector<child_info>>(this, ++last_ticket_)}); }

void directory::on_rooms(const result<std::vector<child_info>>& live) {
  if (!live) return;  // that supervisor is gone; the next one announces itself
  if (!knows_rooms_) {
    for (const auto& each : *live)
      if (each.handle) state_.on_started(each.id, caf::actor_cast<room_actor>(each.handle));
    knows_rooms_ = true;
  }
  state_.on_supervisor_lost();
  for (const auto& command : std::exchange(early_, {})) state_.on_command(command);
}

void directory::start_room(const std::string& room_name) {
  const auto which = ++last_ticket_;
  starting_.emplace(which, room_name);
  child_spec spec;
  spec.id = room_name;
  spec.kind = restart_kind::transient;
  spec.start = [&own = own_, room_name](const start_context& at) {
    return caf::actor_cast<caf::actor>(at.system.spawn<room>(own, room_name));
  };
  mail(rooms_, start_child{std::move(spec), make_reply<caf::actor>(this, which)});
}

void directory::send(const room_actor& to, const room_command_ptr& command) {
  publish_trace::pass(command, "send");
  caf::anon_send(to, command);
}

void directory::adopt(const room_actor& to, std::uint64_t adoption) { caf::anon_send(to, adopted{adoption}); }

void directory::retire(const room_actor& to) { caf::anon_send(to, retire_atom::value); }

void directory::ease(const room_actor& to) { caf::anon_send(to, ease_atom::value); }

// A few rooms at a time, until enough is free again: they answer by needing less.
void directory::ease() {
  if (own_.held.eased()) return;
  const auto next_look = state_.ease(rooms_a_look) ? look_interval : rest_interval;
  if (std::exchange(easing_, true)) return;
  delayed_send(this, next_look, tick_atom::value);
}

// Rooms that are not on disk will not be there after the next start.
void directory::note_most_used() {
  if (own_.options.warm_up_s == 0) return;
  std::string names;
  for (const auto& each : state_.most_used(noted_rooms_max))
    if (!in_memory(options_of(own_.options, each))) names.append(each).push_back('\0');
  if (names == noted_) return;  // who is idle writes nothing
  noted_ = names;
  mail(journal_, keep_note{std::string(most_used_note), std::move(names)});
}

void directory::set_aside(const killed_by& deadly, std::uint32_t tries, const crash_report& died_of) {
  const auto* request = std::get_if<publish_request>(&deadly.command->body);
  if (request == nullptr) return;  // rooms blame nothing else
  auto quarantine = own_.roles.ref<quarantine_actor>(role::quarantine);
  mail(quarantine, std::make_shared<const deadly_command>(deadly_command{deadly.command->room, publish_request_ptr(deadly.command, request),
                                                                         "room", deadly.of, tries, died_of}));
}

room_observer::room_observer(engine& own) : directory_(own.roles.ref<directory_actor>(role::directory)) {}

void room_observer::child_started(const std::string& id, const caf::actor& handle, std::uint64_t) {
  mail(directory_, room_started{id}, handle);
}

void room_observer::child_died(const std::string& id, std::uint64_t, const caf::error& reason) {
  mail(directory_, room_ended{id, ended_normally(reason) ? crash_report{} : report_of(reason)});
}

}  // namespace tidewire
