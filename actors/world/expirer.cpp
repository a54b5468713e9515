#include "actors/world/expirer.hpp"

#include <chrono>
#include <memory>
#include <utility>

#include "actors/supervision/pending_reply.hpp"

namespace tidewire {

namespace {

std::int64_t milliseconds(auto since) { return std::chrono::duration_cast<std::chrono::milliseconds>(since).count(); }

}  // namespace

expirer::expirer(caf::actor_config& config, engine& own, bool memory)
    : actor_base(config, {.kind = "expirer"}),
      memory_(memory),
      reader_(own.reader_of("")),
      directory_(own.roles.ref<directory_actor>(role::directory)),
      state_(own.options.limit, static_cast<expirer_port&>(*this)) {}

expirer::behavior_type expirer::make_behavior() {
  tick();
  return {
      [this](ticket which, const result<std::vector<storage::due_entity>>& page) { state_.on_due(which, page); },
      [this](ticket which, const result<published>& outcome) { state_.on_removed(which, outcome); },
      [this](tick_atom) { tick(); },
  };
}

void expirer::tick() {
  delayed_send(this, std::chrono::milliseconds(expirer_state::tick_ms), tick_atom::value);
  state_.tick();
}

std::int64_t expirer::now_ms() const { return milliseconds(std::chrono::system_clock::now().time_since_epoch()); }

std::int64_t expirer::steady_ms() const { return milliseconds(std::chrono::steady_clock::now().time_since_epoch()); }

void expirer::find_due(ticket which, const storage::due_position& after, std::int64_t now_ms, std::size_t limit) {
  load_due request{after, now_ms, limit, make_reply<std::vector<storage::due_entity>>(this, which)};
  mail(reader_, std::make_shared<const read_request>(read_request{memory_, std::move(request)}));
}

void expirer::publish(ticket which, const std::string& room, operation what) {
  publish_request request;
  request.operations.push_back(std::move(what));
  request.by_server = true;
  request.reply = make_reply<published>(this, which);
  mail(directory_, std::make_shared<const room_command>(room_command{room, std::move(request)}));
}

}  // namespace tidewire
