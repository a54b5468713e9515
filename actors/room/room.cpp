#include "actors/room/room.hpp"

#include <array>
#include <chrono>
#include <utility>

#include "actors/random.hpp"
#include "actors/room/entity.hpp"
#include "actors/supervision/actor_error.hpp"
#include "actors/supervision/fault_switch.hpp"
#include "actors/supervision/pending_reply.hpp"
#include "schemas/statistics/publish_trace.hpp"

namespace tidewire {

namespace {

std::int64_t milliseconds(auto since) { return std::chrono::duration_cast<std::chrono::milliseconds>(since).count(); }

}  // namespace

room::room(caf::actor_config& config, engine& own, std::string name)
    : actor_base(config, {.kind = "room", .name = "room " + name}),
      own_(own),
      name_(std::move(name)),
      options_(options_of(own.options, name_)),
      directory_(own.roles.ref<directory_actor>(role::directory)),
      journal_(own.journal_of(options_)),
      reader_(own.reader_of(name_)),
      broadcaster_(own.roles.ref<broadcaster_actor>(role::broadcaster)) {}

room::behavior_type room::make_behavior() {
  state_ = std::make_unique<room_state>(name_, options_, own_.options.limit, own_.held, static_cast<room_port&>(*this));
  set_down_handler([this](const caf::down_msg& down) {
    const auto found = keys_.find(down.source);
    if (found == keys_.end()) return;
    const auto key = std::move(found->second);
    keys_.erase(found);
    entities_.erase(key);
    state_->on_entity_gone(key, report_of(down.reason));
  });
  state_->start();
  return {
      [this](const room_command_ptr& command) { handle(command); },
      [this](ticket which, result<proposal>& proposed) { state_->on_proposal(which, std::move(proposed)); },
      [this](ticket which, const result<committed>& outcome) {
        if (!outcome) appended_ = nullptr;  // nobody knows when that will be decided
        state_->on_committed(which, outcome);
      },
      [this](ticket which, const result<storage::room_record>& record) { state_->on_opened(which, record); },
      [this](ticket which, result<std::optional<entity_document>>& loaded) { state_->on_loaded(which, std::move(loaded)); },
      [this](ticket which, result<std::optional<storage::dedupe_record>>& found) { state_->on_dedupe(which, std::move(found)); },
      [this](ticket which, result<storage::state_page>& page) { state_->on_state(which, std::move(page)); },
      [this](ticket which, result<storage::stream_page>& page) { state_->on_stream(which, std::move(page)); },
      [this](ticket which, const result<std::optional<std::uint64_t>>& told) { state_->on_told(which, told); },
      [this](ticket which, const result<std::uint64_t>& first) { state_->on_first_after(which, first); },
      [this](const adopted& by) {
        adoption_ = by.adoption;
        handled_ = 0;
      },
      [this](flush_atom) { state_->flush(); },
      [this](tick_atom) {
        state_->tick();
        if (state_->idle()) offer_to_retire();
      },
      [this](retire_atom) { retire(); },
      [this](ease_atom) {
        state_->ease();
        if (state_->may_leave()) offer_to_retire();
      },
      [this](const passivate_room& wish) {
        const bool leaves = state_->rests();
        if (leaves) offer_to_retire();
        wish.reply->answer(passivated{true, leaves});
      },
  };
}

void room::handle(const room_command_ptr& command) {
  ++handled_;
  if (const auto* publish = std::get_if<publish_request>(&command->body)) {
    publish_trace::pass(command, "take");
    try {
      for (const auto& what : publish->operations)
        if (what.key) fault_switch::pass("room", *what.key);
      state_->handle(publish_request_ptr(command, publish));  // part of the command, which nobody changes
    } catch (...) {
      killed_by_ = command;
      throw;
    }
  } else if (const auto* subscribe = std::get_if<subscribe_request>(&command->body)) {
    state_->handle(*subscribe);
  } else if (const auto* wish = std::get_if<resume_request>(&command->body)) {
    state_->handle(*wish);
  } else {
    state_->handle(std::get<warm_request>(command->body));
  }
}

void room::offer_to_retire() { mail(directory_, retire_request{name_, adoption_, handled_}); }

void room::retire() {
  mail(journal_, close_room{name_, generation_});
  retired_ = true;
  quit();
}

void room::drop_state() {
  stop_entities();
  state_.reset();
  appended_ = nullptr;
  if (!retired_) mail(broadcaster_, lost_room{name_});
  if (killed_by_) mail(directory_, killed_by{std::exchange(killed_by_, nullptr), generation_});
}

// ---- time and chance -----------------------------------------------------------------------------------------------------

std::int64_t room::now_ms() const { return milliseconds(std::chrono::system_clock::now().time_since_epoch()); }

std::int64_t room::steady_ms() const { return milliseconds(std::chrono::steady_clock::now().time_since_epoch()); }

std::string room::new_epoch() {
  static constexpr char digits[] = "0123456789abcdef";
  std::string epoch;
  for (const auto octet : random_value<std::array<std::uint8_t, 16>>()) epoch.push_back(digits[octet & 0xFU]);
  return epoch;
}

void room::tick_after(std::uint32_t ms) {
  caf::delayed_anon_send(caf::actor_cast<caf::actor>(this), std::chrono::milliseconds(ms), tick_atom::value);
}

void room::ask_for_relief() { mail(directory_, ease_atom::value); }

void room::flush_soon() { send(this, flush_atom::value); }

// ---- entities ------------------------------------------------------------------------------------------------------------

void room::start_entity(const std::string& key, entity_ptr document) {
  auto started = home_system().spawn<entity, caf::lazy_init>(own_.options.limit, std::move(document));
  monitor(started);
  keys_.emplace(started.address(), key);
  entities_.insert_or_assign(key, std::move(started));
}

void room::apply(const std::string& key, ticket which, apply_change change) {
  change.reply = make_reply<proposal>(this, which);
  const auto found = entities_.find(key);
  if (found != entities_.end()) caf::anon_send(found->second, std::make_shared<const apply_change>(std::move(change)));
}

void room::accept(const std::string& key, entity_ptr document) {
  const auto found = entities_.find(key);
  if (found != entities_.end()) caf::anon_send(found->second, std::move(document));
}

void room::stop_entity(const std::string& key) {
  const auto found = entities_.find(key);
  if (found == entities_.end()) return;
  keys_.erase(found->second.address());
  demonitor(found->second.address());
  caf::anon_send(found->second, retire_atom::value);
  entities_.erase(found);
}

void room::stop_entities() {
  for (const auto& [key, running] : entities_) {
    demonitor(running.address());
    caf::anon_send(running, retire_atom::value);
  }
  entities_.clear();
  keys_.clear();
}

void room::set_aside(publish_request_ptr request, std::uint32_t tries, crash_report died_of) {
  auto quarantine = own_.roles.ref<quarantine_actor>(role::quarantine);
  mail(quarantine,
       std::make_shared<const deadly_command>(deadly_command{name_, std::move(request), "entity", generation_, tries, std::move(died_of)}));
}

// ---- journal -------------------------------------------------------------------------------------------------------------

void room::open(ticket which, generation since) {
  generation_ = since;
  mail(journal_, std::make_shared<const open_room>(open_room{name_, since, make_reply<storage::room_record>(this, which)}));
}

void room::append(ticket which, generation of, storage::append changes) {
  appended_ = own_.under_way.begin();
  mail(journal_, std::make_shared<append_request>(append_request{of, std::move(changes), make_reply<committed>(this, which)}));
}

void room::trim(std::uint64_t first) { mail(journal_, trim_room{name_, first}); }

// ---- readers -------------------------------------------------------------------------------------------------------------

template <class Request, class Answer>
void room::ask_reader(ticket which, Request request) {
  request.reply = make_reply<Answer>(this, which);
  mail(reader_, std::make_shared<const read_request>(read_request{in_memory(options_), std::move(request)}));
}

void room::load(ticket which, const std::string& key) {
  ask_reader<load_entity, std::optional<entity_document>>(which, {name_, key, nullptr});
}

void room::find_dedupe(ticket which, const idempotency& once) {
  ask_reader<load_dedupe, std::optional<storage::dedupe_record>>(which, {name_, once.scope, once.id, nullptr});
}

void room::read_state(ticket which, const std::string& after, storage::page_limit limit) {
  ask_reader<tidewire::read_state, storage::state_page>(which, {name_, after, limit, nullptr});
}

void room::read_stream(ticket which, std::uint64_t after, storage::page_limit limit) {
  ask_reader<tidewire::read_stream, storage::stream_page>(which, {name_, after, limit, false, nullptr});
}

void room::find_first_after(ticket which, std::int64_t time_ms) {
  ask_reader<tidewire::find_first_after, std::uint64_t>(which, {name_, time_ms, nullptr});
}

// ---- broadcaster ---------------------------------------------------------------------------------------------------------

void room::ask_told(ticket which) { mail(broadcaster_, tidewire::ask_told{name_, make_reply<std::optional<std::uint64_t>>(this, which)}); }

void room::tell(std::vector<change> news) {
  own_.published.fetch_add(news.size(), std::memory_order_relaxed);
  mail(broadcaster_, std::make_shared<const run>(
                         run{name_, std::move(news), options_.batch_delay_ms, options_.batch_max, std::exchange(appended_, nullptr)}));
}

void room::attach(tidewire::attach subscription) { mail(broadcaster_, std::make_shared<const tidewire::attach>(std::move(subscription))); }

void room::resume(tidewire::resume ready) { mail(broadcaster_, std::make_shared<const tidewire::resume>(std::move(ready))); }

void room::reset_audience() { mail(broadcaster_, tidewire::reset_audience{name_}); }

}  // namespace tidewire
