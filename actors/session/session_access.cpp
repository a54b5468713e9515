// Who may subscribe, and for how long: the options of namespaces and subscription tokens.
#include <algorithm>
#include <utility>

#include "actors/session/session_state.hpp"

namespace tidewire {

namespace {

constexpr std::uint32_t subscription_expired = 2501;  // unsubscribe push: the client subscribes again, with a new token

}  // namespace

// Whether it may do something else there than subscribe. Where a token is needed to subscribe, subscribers may, too.
result<void> session_state::check_permission(const std::string& channel, room_action what, bool for_subscriber) const {
  if (may(options_, rights_, what, channel)) return {};
  const auto& kept = options_of(options_, channel);
  const bool for_client = rights_.client && ((what == room_action::publish && kept.allow_publish_for_client) ||
                                             (what == room_action::history && kept.allow_history_for_client) ||
                                             (what == room_action::presence && kept.allow_presence_for_client));
  if (is_subscriber(channel) && (for_client || for_subscriber)) return {};
  if (!for_client && !for_subscriber) return fail(errc::permission_denied);
  return fail(errc::permission_denied, "the channel is for its subscribers");
}

// REQUIRES: it may read the history. Who may as a subscriber sees of what was what it sees of what is.
std::optional<field_mask> session_state::readable_history(const std::string& channel) const {
  if (may(options_, rights_, room_action::history, channel)) return readable_fields(options_, rights_, room_action::history, channel);
  const auto found = subscriptions_.find(channel);
  if (found == subscriptions_.end() || !found->second.through || !found->second.through->own_tags) return std::nullopt;
  return found->second.through->fields;
}

// Who is not live yet has been let in already, and may have heard so before we do. But who has asked to leave is out, and a page flow that
// is not gone on with does not outlive its token.
bool session_state::is_subscriber(const std::string& channel) const {
  const auto found = subscriptions_.find(channel);
  return found != subscriptions_.end() && found->second.unsubscribe_id == 0 && !has_expired(found->second);
}

// Whether the client may subscribe, by its token or by itself; `granted` is what the token says. Otherwise it is refused, or closed.
bool session_state::admit(std::uint32_t id, const protocol::subscribe_command& command, bool paging, std::unique_ptr<own_terms>& granted) {
  if (command.token.empty()) {
    // A page flow goes on with the token of its first page.
    if ((paging && !has_expired(subscriptions_.at(command.channel))) || may_subscribe(options_, rights_, command.channel)) return true;
    return refuse(id, errc::permission_denied, "a subscription token is needed"), false;
  }
  auto token = read_token(id, command.token, command.channel, false);
  if (!token) return false;
  granted = std::make_unique<own_terms>(own_terms{nullptr, token->grants.instead, token->expires_at_s.value_or(0), true});
  if (!token->grants.info.empty()) {
    subscriber known = *who_;
    known.info.chan_info = std::move(token->grants.info);
    granted->who = std::make_shared<const subscriber>(std::move(known));
  }
  return true;
}

// Who the room is told of: whether others hear of the subscriber, and the subscriber of others.
void session_state::introduce(subscription& at, const std::string& channel, bool asks_for_others) const {
  const auto& kept = options_of(options_, channel);
  const auto instead = at.terms ? at.terms->instead : subscription_override{};
  if (!instead.join_leave.value_or(kept.join_leave)) return;
  const bool may_ask = kept.presence && (kept.allow_presence_for_client || kept.allow_presence_for_subscriber ||
                                         may(options_, rights_, room_action::presence, channel));
  subscriber known = *known_as(at);
  known.announced = true;
  known.hears_others =
      known.hears_others || instead.force_push_join_leave.value_or(kept.force_push_join_leave) || (asks_for_others && may_ask);
  at.make_terms().who = std::make_shared<const subscriber>(std::move(known));
}

// Nothing: the client was refused, or closed. A token for another room, user or connection is no mistake, and a client that refreshes has
// had a good one.
std::optional<subscription_token> session_state::read_token(std::uint32_t id, std::string_view jwt, const std::string& channel,
                                                            bool refreshing) {
  auto read = verify_subscription_token(jwt, trusted(), port_.now_s());
  if (!read && read.error().code == errc::token_expired) {
    refuse(id, refreshing ? errc::expired : errc::token_expired);
    return std::nullopt;
  }
  if (!read && (!refreshing || read.error().code == errc::unavailable)) {
    refuse(id, read.error().code == errc::unavailable ? errc::unavailable : errc::permission_denied, read.error().detail);
    return std::nullopt;
  }
  const auto& info = who_->info;
  if (!read || read->channel != channel || read->sub != info.user || (!read->client.empty() && read->client != info.client)) {
    close(close_code::invalid_token);
    return std::nullopt;
  }
  return std::move(*read);
}

void session_state::operator()(std::uint32_t id, const protocol::sub_refresh_command& command) {
  const auto found = subscriptions_.find(command.channel);
  if (found == subscriptions_.end()) return refuse(id, errc::permission_denied, "the channel is not subscribed");
  const auto token = read_token(id, command.token, command.channel, true);
  if (!token) return;
  auto& at = found->second;
  at.make_terms().expires_at_s = token->expires_at_s.value_or(0);
  if (at.at == subscription_stage::live) watch_expiry(at);
  reply(id, protocol::sub_refresh_result{at.expires_at_s() > 0, left_s(at.expires_at_s())});
}

bool session_state::has_expired(const subscription& at) const {
  return at.expires_at_s() != 0 && port_.now_s() >= at.expires_at_s() + expiry_grace_s;
}

// REQUIRES: it is live.
void session_state::watch_expiry(const subscription& at) {
  if (at.expires_at_s() == 0) return;
  first_expiry_s_ = first_expiry_s_ == 0 ? at.expires_at_s() : std::min(first_expiry_s_, at.expires_at_s());
}

// Ends the subscriptions whose token was not refreshed in time.
void session_state::end_expired() {
  first_expiry_s_ = 0;
  std::vector<std::string> expired;
  for (const auto& [channel, at] : subscriptions_) {
    if (at.at != subscription_stage::live || at.expires_at_s() == 0) continue;
    has_expired(at) ? expired.push_back(channel) : watch_expiry(at);
  }
  for (const auto& channel : expired) {
    subscriptions_.erase(channel);
    std::string message;
    protocol::encode_unsubscribe(who_->dialect, channel, subscription_expired, "subscription expired", message);
    port_.detach(channel, std::move(message));
  }
}

std::uint32_t session_state::left_s(std::int64_t until_s) const {
  if (until_s == 0) return 0;
  return static_cast<std::uint32_t>(std::max<std::int64_t>(until_s - port_.now_s(), 1));
}

}  // namespace tidewire
