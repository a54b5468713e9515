#include "actors/world/retention.hpp"

#include <chrono>
#include <memory>
#include <utility>

#include "actors/supervision/pending_reply.hpp"

namespace tidewire {

namespace {

std::int64_t milliseconds(auto since) { return std::chrono::duration_cast<std::chrono::milliseconds>(since).count(); }

}  // namespace

retention::retention(caf::actor_config& config, engine& own, bool memory)
    : actor_base(config, {.kind = "retention"}),
      own_(own),
      memory_(memory),
      reader_(own.reader_of("")),
      journal_(own.roles.ref<journal_actor>(memory ? role::memory_journal : role::journal)),
      broadcaster_(own.roles.ref<broadcaster_actor>(role::broadcaster)),
      state_(own.options, static_cast<retention_port&>(*this)) {}

retention::behavior_type retention::make_behavior() {
  tick();
  return {
      [this](ticket which, const result<std::vector<storage::room_age>>& page) { state_.on_ages(which, page); },
      [this](ticket which, const result<std::uint64_t>& first) { state_.on_first_after(which, first); },
      [this](ticket which, const result<bool>& somebody) { state_.on_audience(which, somebody); },
      [this](ticket which, const result<forgotten>& outcome) { state_.on_forgotten(which, outcome); },
      [this](tick_atom) { tick(); },
  };
}

void retention::tick() {
  delayed_send(this, std::chrono::milliseconds(retention_state::tick_ms), tick_atom::value);
  state_.tick();
}

std::int64_t retention::now_ms() const { return milliseconds(std::chrono::system_clock::now().time_since_epoch()); }

std::int64_t retention::steady_ms() const { return milliseconds(std::chrono::steady_clock::now().time_since_epoch()); }

std::vector<std::string> retention::half_forgotten() const { return (memory_ ? own_.memory : own_.disk).leaving(); }

template <class Request>
void retention::ask_reader(Request request) {
  mail(reader_, std::make_shared<const read_request>(read_request{memory_, std::move(request)}));
}

void retention::load_ages(ticket which, const std::string& after, std::size_t limit) {
  ask_reader(tidewire::load_ages{after, limit, make_reply<std::vector<storage::room_age>>(this, which)});
}

void retention::find_first_after(ticket which, const std::string& room, std::int64_t time_ms) {
  ask_reader(tidewire::find_first_after{room, time_ms, make_reply<std::uint64_t>(this, which)});
}

void retention::trim(const std::string& room, std::uint64_t first) { mail(journal_, trim_room{room, first, true}); }

void retention::ask_audience(ticket which, const std::string& room) {
  mail(broadcaster_, tidewire::ask_audience{room, make_reply<bool>(this, which)});
}

void retention::forget(ticket which, const std::string& room, const std::string& epoch, std::uint64_t top) {
  mail(journal_, forget_room{room, epoch, top, make_reply<forgotten>(this, which)});
}

}  // namespace tidewire
