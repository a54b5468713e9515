#include "actors/world/warm_up_actor.hpp"

#include <memory>
#include <utility>

#include "actors/supervision/log.hpp"
#include "actors/supervision/pending_reply.hpp"

namespace tidewire {

namespace {

constexpr std::size_t under_way_max = 8;

}  // namespace

warm_up_rooms::warm_up_rooms(caf::actor_config& config, engine& own)
    : actor_base(config, {.kind = "warm-up"}),
      own_(own),
      reader_(own.reader_of("")),
      directory_(own.roles.ref<directory_actor>(role::directory)) {}

warm_up_rooms::behavior_type warm_up_rooms::make_behavior() {
  begun_ = clock().now();
  if (own_.options.warm_up_s == 0) own_.warmed.over = true;
  if (!own_.warmed.over) {
    load_note request{std::string(most_used_note), make_reply<std::string>(this, 0)};
    mail(reader_, std::make_shared<const read_request>(read_request{false, std::move(request)}));
    delayed_send(this, std::chrono::seconds(own_.options.warm_up_s), tick_atom::value);
  }
  return {
      [this](ticket, const result<std::string>& names) { names ? begin(*names) : end(); },
      [this](ticket, const result<warmed>& room) {
        --under_way_;
        ++own_.warmed.rooms_done;
        if (room) own_.warmed.bytes += room->bytes;
        next();
      },
      [this](tick_atom) { end(); },
  };
}

void warm_up_rooms::begin(const std::string& names) {
  for (std::size_t from = 0; from < names.size();) {
    const auto to = names.find('\0', from);
    rooms_.push_back(names.substr(from, to - from));
    from = to == std::string::npos ? names.size() : to + 1;
  }
  own_.warmed.rooms = rooms_.size();
  next();
}

// Not more than fits: what is read would only push out what was read before.
void warm_up_rooms::next() {
  const bool enough = own_.warmed.bytes >= own_.held[memory_part::database].limit / 4 || !own_.held.eased();
  if (own_.warmed.over || enough || (rooms_.empty() && under_way_ == 0)) return end();
  for (; !rooms_.empty() && under_way_ < under_way_max; ++under_way_) {
    warm_request request{make_reply<warmed>(this, 0)};
    mail(directory_, std::make_shared<const room_command>(room_command{std::move(rooms_.front()), std::move(request)}));
    rooms_.pop_front();
  }
}

void warm_up_rooms::end() {
  rooms_.clear();
  if (own_.warmed.over.exchange(true)) return;
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(clock().now() - begun_);
  log_of("storage").info("warmed up: rooms={} of={} bytes={} ms={}", own_.warmed.rooms_done.load(), own_.warmed.rooms.load(),
                         own_.warmed.bytes.load(), took.count());
}

}  // namespace tidewire
