#include "actors/operators/live_rooms_state.hpp"

#include <algorithm>
#include <utility>

namespace tidewire {

namespace {

constexpr auto log_place = static_cast<std::size_t>(live_room::log);

}  // namespace

// Nobody was told the lines that came while nobody watched.
void live_rooms_state::watch(std::size_t which) {
  if (std::exchange(places_[which].watched, true)) return;
  if (which == log_place) last_line_ = port_.last_line();
}

void live_rooms_state::on_watched(const std::string& room) {
  const auto found = std::ranges::find(names, room);
  if (found == names.end()) return;
  const auto which = static_cast<std::size_t>(found - names.begin());
  watch(which);
  tell(which);
  if (at_ != stage::resting) return;
  at_ = stage::waiting;
  port_.wake_after(interval_ms);
}

void live_rooms_state::count() {
  at_ = stage::counting;
  open_ = names.size();
  for (std::size_t which = 0; which < names.size(); ++which) port_.count_audience(which, names[which]);
}

void live_rooms_state::on_audience(ticket which, const std::optional<std::size_t>& clients) {
  auto& at = places_[which];
  if (clients && *clients == 0) at.watched = false;
  if (clients && *clients > 0) watch(which);
  if (at.watched) tell(which);
  if (--open_ > 0) return;
  const bool any = std::ranges::any_of(places_, &place::watched);
  at_ = any ? stage::waiting : stage::resting;
  if (any) port_.wake_after(interval_ms);
}

void live_rooms_state::tell(std::size_t which) {
  auto& at = places_[which];
  if (std::exchange(at.busy, true)) return;
  if (which == log_place) return publish(which, port_.log_after(last_line_));
  if (auto document = port_.content(which, static_cast<live_room>(which))) publish(which, std::move(*document));
}

void live_rooms_state::on_content(ticket which, std::optional<std::string> document) {
  places_[which].busy = false;
  if (document) publish(which, std::move(*document));
}

void live_rooms_state::publish(std::size_t which, std::string document) {
  places_[which].busy = true;
  port_.publish(which, names[which], std::move(document));
}

void live_rooms_state::on_published(ticket which) { places_[which].busy = false; }

}  // namespace tidewire
