#include "tools/ctl/room_follower.hpp"

#include "tools/ctl/json_row.hpp"

namespace tidewire::ctl {

std::vector<follow_note> room_follower::take(const protocol::server_event& event) {
  std::vector<follow_note> notes;
  if (event.name.empty() || event.name == "message") take_publication(event, notes);
  if (event.name == "live") take_live(event, notes);
  if (event.name == "reset") {
    reset_ = true;
    notes.push_back({follow_note::kind::reset});
  }
  return notes;
}

void room_follower::take_publication(const protocol::server_event& event, std::vector<follow_note>& notes) {
  const auto offset = json_row(event.data).number("offset");
  if (offset == 0) return;
  const auto epoch = event.id.substr(0, event.id.rfind('.'));
  if (place_ && !reset_) {
    const bool same = place_->epoch.empty() || place_->epoch == epoch;
    if (same && offset <= place_->offset) return;
    if (same && dense_ && offset > place_->offset + 1) notes.push_back({follow_note::kind::gap, {}, epoch, offset - 1, place_->offset + 1});
  }
  place_ = {epoch, offset};
  notes.push_back({follow_note::kind::publication, event.data, epoch, offset});
}

void room_follower::take_live(const protocol::server_event& event, std::vector<follow_note>& notes) {
  const json_row now(event.data);
  const place live{now.text("epoch"), now.number("offset")};
  // The room began while nobody was connected: there was no id to come back with, so the server could not know what is missing.
  if (place_ && !reset_ && place_->epoch.empty() && !live.epoch.empty() && live.offset > place_->offset) {
    place_->epoch = live.epoch;
    notes.push_back({follow_note::kind::again});
    return;
  }
  reset_ = false;
  place_ = live;
  notes.push_back({follow_note::kind::live, {}, live.epoch, live.offset});
}

std::string room_follower::last_event_id() const {
  return place_ && !place_->epoch.empty() ? place_->epoch + '.' + std::to_string(place_->offset) : "";
}

}  // namespace tidewire::ctl
