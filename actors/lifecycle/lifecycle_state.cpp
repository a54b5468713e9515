#include "actors/lifecycle/lifecycle_state.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "schemas/protocol/json_object.hpp"

namespace tidewire {

namespace {

constexpr std::uint32_t retry_ms = 1'000;

std::string_view name_of(lifecycle_event::kind what) {
  switch (what) {
    case lifecycle_event::kind::client_connected: return "client_connected";
    case lifecycle_event::kind::client_disconnected: return "client_disconnected";
    case lifecycle_event::kind::room_occupied: return "room_occupied";
    case lifecycle_event::kind::room_vacated: return "room_vacated";
    case lifecycle_event::kind::server_stopping: return "server_stopping";
  }
  return {};
}

std::string_view name_of(storage::last_stop before) {
  switch (before) {
    case storage::last_stop::none: return "none";
    case storage::last_stop::clean: return "clean";
    case storage::last_stop::unclean: return "unclean";
  }
  return {};
}

std::string start_document(storage::last_stop before) {
  std::string document;
  {
    protocol::json_object into(document);
    into.string("event", "server_started");
    into.string("previous", name_of(before));
  }
  return document;
}

// 0: nobody knows how many.
std::string lost_document(std::size_t count) {
  std::string document;
  {
    protocol::json_object into(document);
    into.string("event", "events_lost");
    into.number_unless_zero("count", count);
  }
  return document;
}

}  // namespace

std::string lifecycle_document(const lifecycle_event& event) {
  std::string document;
  {
    protocol::json_object into(document);
    into.string("event", name_of(event.what));
    into.string_unless_empty("room", event.room);
    if (!event.who.client.empty()) {
      into.string("client", event.who.client);
      into.string("user", event.who.user);
    }
  }
  return document;
}

void lifecycle_state::tell_start(const std::string& run, storage::last_stop before) {
  telling_start_ = true;
  waiting_.push_back({run, start_document(before)});
  send();
}

void lifecycle_state::tell_lost() {
  push(lost_document(0));
  send();
}

void lifecycle_state::handle(const lifecycle_event& event) {
  if (waiting_.size() >= waiting_max) {
    ++lost_;
    return;
  }
  if (lost_ > 0) push(lost_document(std::exchange(lost_, 0)));
  push(lifecycle_document(event));
  if (under_way_ == 0) send();
}

void lifecycle_state::send() {
  if (under_way_ != 0 || waiting_.empty()) return;
  publish_request request;
  request.by_server = true;
  sent_ = std::min(waiting_.size(), batch_);
  for (std::size_t i = 0; i < sent_; ++i) {
    operation what;
    what.kind = operation_kind::set;
    what.data = waiting_[i].data;
    what.once = idempotency{lifecycle_room, waiting_[i].id, {}};
    request.operations.push_back(std::move(what));
  }
  under_way_ = ++last_ticket_;
  port_.publish(under_way_, lifecycle_room, std::move(request));
}

void lifecycle_state::on_published(ticket which, const result<published>& outcome) {
  if (which != under_way_) return;
  under_way_ = 0;
  if (!outcome) return port_.wake_after(retry_ms);
  if (std::exchange(telling_start_, false)) port_.note_start_told();
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(sent_));
  send();
}

}  // namespace tidewire
