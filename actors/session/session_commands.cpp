// What each command of the client does; PROTOCOL: Centrifuge v2, commands and their results.
#include <utility>

#include "actors/session/session_state.hpp"
#include "schemas/access/operators.hpp"
#include "schemas/limit_hits.hpp"
#include "schemas/names.hpp"
#include "schemas/protocol/subscribe_options.hpp"
#include "schemas/room_pattern.hpp"

namespace tidewire {

void session_state::operator()(std::uint32_t, const protocol::pong&) {
  if (pong_due_ms_ == never) return close(close_code::bad_request);
  pong_due_ms_ = never;
  taken_ = 0;
}

// Of operators' rooms no token can let in anybody else.
result<void> session_state::check_channel(const std::string& channel) const {
  if (is_for_operators(channel) && !is_operator(rights_)) return fail(errc::permission_denied, "the room is for operators");
  const auto bytes_max = options_.limit.room_name_bytes_max;
  return is_room_pattern(channel) ? check_room_pattern(channel, bytes_max) : check_room_name(channel, bytes_max);
}

result<void> session_state::check_subscribe(const protocol::subscribe_command& command) const {
  if (auto checked = check_channel(command.channel); !checked) return checked;
  if (command.type > 3) return fail(errc::not_available, "this subscription type is not offered");
  const auto serves = options_of(options_, command.channel).serves;
  if ((command.type == 2 && serves != room_use::clients) || (command.type == 3 && serves != room_use::users))
    return fail(errc::bad_request, "rooms of this namespace do not keep presence of that kind");
  if (command.phase > 2 || (command.type == 0 && command.phase != 0)) return fail(errc::bad_request, "no such phase");
  return {};
}

// What the client wants to see, from `tf`, `delta` and the options in `data`.
result<protocol::view> session_state::view_of(const protocol::subscribe_command& command) const {
  const auto& kept = options_of(options_, command.channel);
  protocol::view wanted;
  wanted.type = static_cast<protocol::subscription_type>(command.type);
  if (!command.tags_filter.empty()) {
    if (!kept.allow_tags_filter) return fail(errc::bad_request, "tags filters are not offered in this namespace");
    auto filter = read_tag_filter(command.tags_filter, options_.limit);
    if (!filter) return tl::unexpected(std::move(filter.error()));
    wanted.filter = std::move(*filter);
  }
  if (!command.delta.empty() && command.delta != "fossil") return fail(errc::bad_request, "unknown delta \"" + command.delta + '"');
  wanted.delta = !command.delta.empty() && kept.allow_fossil_delta;
  auto chosen = protocol::read_subscribe_options(command.data, options_.limit);
  if (!chosen) return tl::unexpected(std::move(chosen.error()));
  wanted.fields = std::move(chosen->fields);
  wanted.slow = chosen->slow.value_or(kept.slow);
  wanted.interval_ms = chosen->interval_ms;
  // Publications of a stream do not replace each other. Of many rooms a new snapshot tells what was missed.
  const bool begins_again = wanted.type == protocol::subscription_type::stream || is_room_pattern(command.channel);
  if (begins_again && wanted.slow == slow_consumer::conflate) wanted.slow = slow_consumer::resync;
  return wanted;
}

void session_state::operator()(std::uint32_t id, const protocol::subscribe_command& command) {
  if (auto checked = check_subscribe(command); !checked) return refuse(id, checked.error());
  const auto found = subscriptions_.find(command.channel);
  const bool paging = found != subscriptions_.end();
  if (paging) {
    if (found->second.at == subscription_stage::live) return refuse(id, errc::already_subscribed);
    if (found->second.at == subscription_stage::subscribing)
      return refuse(id, command.type == 1 ? errc::concurrent_pagination : errc::already_subscribed);
    if (static_cast<std::uint32_t>(found->second.through->type) != command.type)
      return refuse(id, errc::bad_request, "a page flow keeps its type");
  } else if (exceeds<"subscriptions_max">(subscriptions_.size() >= options_.limit.subscriptions_max)) {
    return refuse(id, errc::limit_exceeded, "too many subscriptions on this connection");
  }
  std::unique_ptr<own_terms> granted;
  if (!admit(id, command, paging, granted)) return;
  protocol::view_ptr through;
  if (const bool first = command.phase != 1 && command.cursor.empty(); first || !paging) {  // the client sends its options once
    auto wanted = view_of(command);
    if (!wanted) return refuse(id, wanted.error());
    if (!granted && !(paging && found->second.by_token())) {  // a token for this very room shows all of it
      const auto readable = readable_fields(options_, rights_, room_action::subscribe, command.channel);
      if (const auto left = readable ? protocol::restrict_to(*readable, *wanted) : result<void>{}; !left) return refuse(id, left.error());
    }
    through = protocol::share(std::move(*wanted));
  }
  const bool bulky = command.recover || command.type != 0;
  auto& at = subscriptions_[command.channel];
  at.at = subscription_stage::subscribing;
  if (granted) at.terms = std::move(granted);
  if (through) at.through = std::move(through);
  introduce(at, command.channel, command.join_leave);
  const auto instead = at.terms ? at.terms->instead : subscription_override{};
  const subscription_terms terms{instead, at.expires_at_s() > 0, left_s(at.expires_at_s()), {}};
  subscribe_request request{known_as(at), id, command, at.through, nullptr, terms};
  if (!options_of(options_, command.channel).allow_channel_compaction) request.command.flag &= ~protocol::channel_compaction;
  port_.subscribe(bulky ? expect_bulk(id, command.channel) : expect(id, command.channel), command.channel, std::move(request));
}

void session_state::operator()(std::uint32_t id, const protocol::unsubscribe_command& command) {
  const auto found = subscriptions_.find(command.channel);
  if (found == subscriptions_.end() || found->second.at != subscription_stage::subscribing) return unsubscribe(command.channel, id);
  if (found->second.unsubscribe_id != 0) return reply(id, protocol::unsubscribe_result{});
  found->second.unsubscribe_id = id;  // answered when the subscribe under way has been
}

void session_state::operator()(std::uint32_t id, const protocol::publish_command& command) {
  if (auto named = check_publishable_room(command.channel, options_.limit.room_name_bytes_max); !named) return refuse(id, named.error());
  const auto& kept = options_of(options_, command.channel);
  if (auto may = check_permission(command.channel, room_action::publish, kept.allow_publish_for_subscriber); !may)
    return refuse(id, may.error());
  const bool keyed = !command.key.empty();
  if (command.type > 1 || (command.type == 1 && !keyed)) return refuse(id, errc::bad_request, "a map is published to by key");
  if (command.removed && !keyed) return refuse(id, errc::bad_request, "only a key can be removed");
  if (!command.removed && command.data.empty()) return refuse(id, errc::bad_request, "data is missing");
  if (exceeds<"document_bytes_max">(command.data.size() > options_.limit.document_bytes_max)) return refuse(id, errc::payload_too_large);
  operation what;
  what.kind = command.removed ? operation_kind::remove : operation_kind::set;
  if (!command.removed) what.data = command.data;
  if (keyed) {
    if (auto key = check_key(command.key, options_.limit.key_bytes_max); !key) return refuse(id, key.error());
    what.key = command.key;
  }
  publish_request request;
  request.operations.push_back(std::move(what));
  const auto subscribed = subscriptions_.find(command.channel);
  request.info = (subscribed != subscriptions_.end() ? known_as(subscribed->second) : who_)->info;
  port_.publish(expect(id, {}), command.channel, std::move(request));
}

// Whether presence of that room may be asked for; refuses if not.
bool session_state::may_see_presence(std::uint32_t id, const std::string& channel) {
  if (auto named = check_room_name(channel, options_.limit.room_name_bytes_max); !named) return refuse(id, named.error()), false;
  const auto& kept = options_of(options_, channel);
  if (!kept.presence) return refuse(id, errc::not_available), false;
  auto may = check_permission(channel, room_action::presence, kept.allow_presence_for_subscriber);
  if (!may) refuse(id, may.error());
  return may.has_value();
}

void session_state::operator()(std::uint32_t id, const protocol::presence_command& command) {
  if (may_see_presence(id, command.channel)) port_.ask_presence(expect(id, {}), command.channel);
}

void session_state::operator()(std::uint32_t id, const protocol::presence_stats_command& command) {
  if (may_see_presence(id, command.channel)) port_.ask_presence_stats(expect(id, {}), command.channel);
}

void session_state::operator()(std::uint32_t id, const protocol::history_command& command) {
  if (auto named = check_room_name(command.channel, options_.limit.room_name_bytes_max); !named) return refuse(id, named.error());
  const auto& kept = options_of(options_, command.channel);
  if (kept.history_size == 0 || is_room_pattern(command.channel)) return refuse(id, errc::not_available);
  if (auto may = check_permission(command.channel, room_action::history, kept.allow_history_for_subscriber); !may)
    return refuse(id, may.error());
  const auto most = options_.limit.page_rows_max;
  const auto rows = command.limit < 0 ? most : std::min(static_cast<std::size_t>(command.limit), most);
  const auto which = expect_bulk(id, {});
  auto& asked = under_way_[which];
  asked.since_epoch = command.since_offset ? command.since_epoch : std::string{};
  asked.readable = readable_history(command.channel);
  asked.only_position = rows == 0 || (command.reverse && command.since_offset == 0U);  // nothing lies below offset 0
  port_.read_history(which, command.channel, command.since_offset.value_or(0),
                     {std::max<std::size_t>(rows, 1), options_.limit.page_bytes_max}, command.reverse);
}

void session_state::operator()(std::uint32_t id, const protocol::rpc_command&) { refuse(id, errc::not_available); }

// A message without reply that nothing here listens to.
void session_state::operator()(std::uint32_t, const protocol::send_command&) {}

void session_state::operator()(std::uint32_t id, const protocol::ping_command&) { reply(id, protocol::ping_result{}); }

}  // namespace tidewire
