#include "actors/operators/live_rooms_state.hpp"

#include <algorithm>
#include <utility>

namespace tidewire {

void live_rooms_state::on_found(const std::optional<std::vector<std::string>>& rooms) {
  found_ = rooms.has_value();
  if (!rooms) return at_ == stage::resting ? wait() : void();  // asked again then
  for (const auto& each : *rooms) on_watched(each);
}

void live_rooms_state::on_watched(const std::string& room) {
  auto what = live_view::of_room(room);
  if (!what || std::ranges::any_of(places_, [&](const auto& each) { return each.second.room == room; })) return;
  if (places_.size() >= rooms_max) return;
  const auto which = ++last_ticket_;
  auto& at = places_[which] = {room, std::move(*what)};
  if (at.what.of == live_room::log) at.last_line = port_.last_line();  // nobody was told the lines before
  tell(which, at);
  if (at_ == stage::resting) wait();
}

void live_rooms_state::wait() {
  at_ = stage::waiting;
  port_.wake_after(interval_ms);
}

void live_rooms_state::on_tick() {
  if (!found_) port_.find_watched();
  if (places_.empty()) {
    at_ = stage::resting;
    return;
  }
  at_ = stage::counting;
  open_ = places_.size();
  for (const auto& [which, at] : places_) port_.count_audience(which, at.room);
}

// Where nobody can say how many there are, it goes on as before.
void live_rooms_state::on_audience(ticket which, const std::optional<std::size_t>& clients) {
  if (const auto found = places_.find(which); found != places_.end()) {
    if (clients && *clients == 0)
      places_.erase(found);
    else
      tell(which, found->second);
  }
  if (--open_ > 0) return;
  at_ = stage::resting;
  if (!places_.empty()) wait();
}

void live_rooms_state::tell(ticket which, place& at) {
  if (std::exchange(at.busy, true)) return;
  if (at.what.of == live_room::log) return publish(which, at, port_.log_after(at.last_line));
  port_.look(which, at.what);
}

void live_rooms_state::on_content(ticket which, std::optional<std::string> document) {
  const auto found = places_.find(which);
  if (found == places_.end()) return;
  found->second.busy = false;
  if (document) publish(which, found->second, std::move(*document));
}

void live_rooms_state::publish(ticket which, place& at, std::string document) {
  at.busy = true;
  port_.publish(which, at.room, std::move(document));
}

void live_rooms_state::on_published(ticket which) {
  if (const auto found = places_.find(which); found != places_.end()) found->second.busy = false;
}

}  // namespace tidewire
