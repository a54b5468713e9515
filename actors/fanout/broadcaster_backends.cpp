// What backends ask of all audiences, and whom they have leave.
#include <algorithm>
#include <set>

#include "actors/fanout/broadcaster_state.hpp"
#include "schemas/protocol/dialect.hpp"

namespace tidewire {

namespace {

// Of the client protocol: the subscription is over, and the client does not come back by itself.
constexpr std::uint32_t server_unsubscribe_code = 2000;
constexpr std::string_view server_unsubscribe_reason = "server unsubscribe";

}  // namespace

void broadcaster_state::handle(const ask_audiences& question) const {
  audience_overview seen;
  std::set<std::string_view> users;
  for (const auto& [name, room] : rooms_) {
    if (room->pattern) continue;
    std::uint64_t clients = 0;
    room->members.for_each([&](const subscriber& who) {
      if (who.out->closed()) return;
      ++clients;
      if (!question.which) users.insert(who.info.user);
    });
    if (clients == 0) continue;
    ++seen.all_rooms;
    seen.subscriptions += clients;
    if (question.which && question.which->covers(name)) seen.rooms.push_back({name, clients});
  }
  seen.users = users.size();
  std::ranges::sort(seen.rooms, {}, &audience_row::room);
  question.reply->answer(std::move(seen));
}

void broadcaster_state::handle(const expel& whom) {
  struct leaving {
    transport::outbox_ptr out;
    std::shared_ptr<subscription_listener> listener;
    session_id session;
    protocol::dialect dialect;
  };
  std::vector<leaving> chosen;
  const auto room = find(whom.room);
  if (room) {
    room->members.for_each([&](const subscriber& who) {
      if (who.info.user == whom.user && (whom.client.empty() || who.info.client == whom.client))
        chosen.push_back({who.out, who.listener, who.session, who.dialect});
    });
  }
  if (!chosen.empty()) close_run(room);
  for (const auto& each : chosen) {
    if (each.dialect == protocol::dialect::room_events) {  // it is nothing but this subscription
      each.out->close(close_code::force_disconnect);
      continue;
    }
    const auto as = room->members.encoding_of(each.session);
    scratch_.clear();
    protocol::encode_unsubscribe(as.dialect, room->name, server_unsubscribe_code, server_unsubscribe_reason, scratch_);
    const auto frame = make_message(as, scratch_, frames_);
    remove(room, each.session);
    port_.post(each.out->home(), [out = each.out, listener = each.listener, name = room->name, frame] {
      if (listener) listener->subscription_ended(name);  // before the client hears of it, and may come again
      out->resume(name, std::nullopt);
      out->push(frame);
      out->flush();
    });
  }
  if (room) forget_if_empty(room);
  whom.reply->answer(expelled{chosen.size()});
}

}  // namespace tidewire
