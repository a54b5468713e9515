#include "actors/quarantine/quarantine.hpp"

#include <chrono>
#include <utility>

#include "actors/random.hpp"
#include "actors/supervision/pending_reply.hpp"

namespace tidewire {

namespace {

constexpr std::chrono::seconds tick_interval{1};

std::int64_t milliseconds(auto since) { return std::chrono::duration_cast<std::chrono::milliseconds>(since).count(); }

}  // namespace

quarantine::quarantine(caf::actor_config& config, engine& own)
    : actor_base(config, {.kind = "quarantine"}),
      own_(own),
      directory_(own.roles.ref<directory_actor>(role::directory)),
      reader_(own.reader_of("")) {}

quarantine::behavior_type quarantine::make_behavior() {
  state_.emplace(own_.options, quarantine_state::counters{own_.quarantined, own_.not_quarantined}, static_cast<quarantine_port&>(*this));
  delayed_send(this, tick_interval, tick_atom::value);
  return {
      [this](const deadly_command_ptr& deadly) { state_->handle(deadly); },
      [this](const http_inbound_ptr& inbound) {
        // The mail's own reference must not outlive the answer: whoever drops the responder last answers for a dead actor.
        state_->on_request(inbound->request, std::exchange(inbound->responder, nullptr));
      },
      [this](ticket which, const result<dead_changed>& outcome) { state_->on_changed(which, outcome); },
      [this](ticket which, const result<std::optional<found_dead>>& found) { state_->on_found(which, found); },
      [this](ticket which, const result<dead_listing>& listed) { state_->on_listed(which, listed); },
      [this](ticket which, const result<published>& outcome) { state_->on_published(which, outcome); },
      [this](tick_atom) {
        state_->tick();
        delayed_send(this, tick_interval, tick_atom::value);
      },
  };
}

std::int64_t quarantine::now_ms() const { return milliseconds(std::chrono::system_clock::now().time_since_epoch()); }

std::int64_t quarantine::steady_ms() const { return milliseconds(std::chrono::steady_clock::now().time_since_epoch()); }

std::string quarantine::new_id() { return make_timed_uuid(now_ms()); }

template <class Change>
void quarantine::change(ticket which, bool in_memory, Change what) {
  auto journal = own_.journal_of(in_memory);
  mail(journal, std::make_shared<const change_dead>(change_dead{std::move(what), make_reply<dead_changed>(this, which)}));
}

void quarantine::keep(ticket which, bool in_memory, storage::dead_record record, bool sync) {
  change(which, in_memory, keep_dead{std::move(record), sync});
}

void quarantine::discard(ticket which, bool in_memory, const std::string& id) { change(which, in_memory, discard_dead{id}); }

void quarantine::find(ticket which, const std::string& id) {
  mail(reader_,
       std::make_shared<const read_request>(read_request{false, find_dead{id, make_reply<std::optional<found_dead>>(this, which)}}));
}

void quarantine::list(ticket which, const std::string& after, storage::page_limit limit) {
  mail(reader_, std::make_shared<const read_request>(read_request{false, list_dead{after, limit, make_reply<dead_listing>(this, which)}}));
}

void quarantine::publish(ticket which, const std::string& room, publish_request request) {
  request.reply = make_reply<published>(this, which);
  mail(directory_, std::make_shared<const room_command>(room_command{room, std::move(request)}));
}

}  // namespace tidewire
