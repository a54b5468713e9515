// How a connection begins, and how it is refreshed: its token, and the server-side subscriptions that come with it.
#include <utility>

#include "actors/session/session_state.hpp"
#include "schemas/access/operators.hpp"
#include "schemas/limit_hits.hpp"
#include "schemas/names.hpp"
#include "schemas/protocol/view.hpp"

namespace tidewire {

namespace {

constexpr auto server_version = "tidewire";

// The user's own channel, if there is a user and the server gives everybody one.
void add_personal_channel(const server_options& options, token_claims& claims) {
  if (!options.personal_channel || claims.sub.empty()) return;
  const auto& space = options.personal_channel_namespace;
  claims.subs.try_emplace((space.empty() ? "" : space + ":") + "#" + claims.sub);
}

}  // namespace

// Who it is: an operator, nobody in particular with --dev, the owner of an API key, or whom the token names.
result<token_claims> session_state::introduced_by(const std::string& token) {
  if (operator_ != operator_entry::none) {
    if (operator_ != operator_entry::known && !shows_operators_token(options_.admin_token_hash, token)) return fail(errc::unauthorized);
    rights_ = rights_of_watching_operators();
    return token_claims{};
  }
  if (key_ && token.empty()) {
    if (key_->withdrawn()) return fail(errc::unauthorized, "no such API key");
    rights_ = rights_of(key_->options());
    token_claims claims;
    claims.sub = rights_.user;
    return claims;
  }
  if (token.empty() && options_.dev) return token_claims{};
  auto claims = verify_connection_token(token, trusted(), port_.now_s());
  if (claims) rights_ = rights_of(options_, *claims);
  return claims;
}

void session_state::operator()(std::uint32_t id, const protocol::connect_command& command) {
  auto introduced = introduced_by(command.token);
  if (!introduced) {
    const auto& why = introduced.error();
    if (why.code == errc::token_expired || why.code == errc::unavailable) return refuse_connect(id, why);
    port_.note_refused_token();
    return close(close_code::invalid_token);
  }
  auto& claims = *introduced;
  if (!port_.count_user(claims.sub)) return close(close_code::connection_limit);
  subscriber known = *who_;
  known.info.user = claims.sub;
  known.info.conn_info = std::move(claims.info);
  who_ = std::make_shared<const subscriber>(std::move(known));
  expires_at_s_ = claims.expires_at_s.value_or(0);
  add_personal_channel(options_, claims);
  if (claims.subs.empty()) return reply(id, connected());
  subscribe_by_token(id, claims, command);
}

// The reply to connect waits for all server-side subscriptions; what they are told meanwhile waits behind it.
void session_state::subscribe_by_token(std::uint32_t id, token_claims& claims, const protocol::connect_command& command) {
  if (exceeds<"subscriptions_max">(claims.subs.size() > options_.limit.subscriptions_max))
    return refuse_connect(id, {errc::limit_exceeded, "too many server-side subscriptions"});
  for (const auto& [channel, wanted] : claims.subs)
    if (auto checked = check_channel(channel); !checked) return refuse_connect(id, checked.error());
  stage_ = stage::connecting;
  stale_due_ms_ = never;
  connecting_ = std::make_unique<unanswered_connect>(unanswered_connect{id, claims.subs.size(), {}});
  const auto gate = port_.make_gate();
  for (auto& [channel, wanted] : claims.subs) {
    subscriber known = *who_;
    known.out = gate;
    known.server_side = true;
    known.info.chan_info = std::move(wanted.info);
    auto& at = subscriptions_[channel];
    at.terms = std::make_unique<own_terms>(own_terms{std::make_shared<const subscriber>(std::move(known)), wanted.instead, 0});
    introduce(at, channel, false);
    protocol::subscribe_command asked;
    asked.channel = channel;
    if (const auto earlier = command.subs.find(channel); earlier != command.subs.end()) {
      asked.recover = earlier->second.recover;
      asked.offset = earlier->second.offset;
      asked.epoch = earlier->second.epoch;
    }
    port_.subscribe(expect(id, channel), channel,
                    {at.terms->who,
                     id,
                     std::move(asked),
                     protocol::plain_view(protocol::subscription_type::stream),
                     nullptr,
                     {at.terms->instead, false, 0, std::move(wanted.data)}});
  }
}

void session_state::on_server_side(const std::string& channel, result<subscribe_step> step) {
  if (!step) return refuse_connect(connecting_->command_id, step.error());
  auto& at = subscriptions_[channel];
  at.at = subscription_stage::live;
  at.broadcaster_start = step->broadcaster_start;
  if (at.broadcaster_start < broadcaster_start_) return close(close_code::insufficient_state);
  connecting_->subs.emplace(channel, std::move(step->page));
  if (connecting_->subs.size() < connecting_->wanted) return;
  const auto done = std::exchange(connecting_, nullptr);
  auto all = connected();
  all.subs = std::move(done->subs);
  message_text message;
  protocol::encode_reply(who_->dialect, done->command_id, all, message.bytes, &message.shared);
  port_.open_gate(message);
}

protocol::connect_result session_state::connected() {
  stage_ = stage::connected;
  noted_ = true;
  port_.note_connection(who_->info, true);
  stale_due_ms_ = never;
  const auto interval_ms = options_.limit.ping_interval_s * 1000;
  ping_due_ms_ = port_.steady_ms() + interval_ms / 2 + port_.random_below(interval_ms / 2 + 1);  // spread over the connections
  protocol::connect_result told;
  told.client = who_->info.client;
  told.version = server_version;
  told.expires = expires_at_s_ > 0;
  told.ttl_s = left_s(expires_at_s_);
  told.ping_s = options_.limit.ping_interval_s;
  told.pong = !only_listens();
  if (commands_) {
    told.session = commands_->session;
    told.node = commands_->node;
  }
  return told;
}

// The connection is of no use any more: the rest of the message is dropped, what comes later closes it.
void session_state::refuse_connect(std::uint32_t id, const failure& why) {
  stage_ = stage::refused;
  if (stale_due_ms_ == never) stale_due_ms_ = port_.steady_ms() + std::int64_t{options_.limit.stale_timeout_s} * 1000;
  connecting_.reset();
  under_way_.clear();
  if (only_listens() && why.code == errc::unavailable) return close(close_code::connection_closed);
  if (only_listens()) return close(why.code == errc::token_expired ? close_code::connection_expired : close_code::permission_denied);
  refuse(id, why);
}

void session_state::operator()(std::uint32_t id, const protocol::refresh_command& command) {
  if (operator_ != operator_entry::none) return refuse(id, errc::not_available);
  const auto claims = verify_connection_token(command.token, trusted(), port_.now_s());
  if (!claims && claims.error().code == errc::token_expired) return refuse(id, errc::expired);
  if (!claims && claims.error().code == errc::unavailable) return refuse(id, claims.error());
  if (!claims || claims->sub != who_->info.user) return close(close_code::invalid_token);
  rights_ = rights_of(options_, *claims);
  expires_at_s_ = claims->expires_at_s.value_or(0);
  reply(id, protocol::refresh_result{who_->info.client, server_version, expires_at_s_ > 0, left_s(expires_at_s_)});
}

}  // namespace tidewire
