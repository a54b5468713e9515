#include "actors/session/session_state.hpp"

#include <algorithm>
#include <utility>

#include "schemas/limit_hits.hpp"
#include "schemas/readable.hpp"

namespace tidewire {

namespace {

constexpr std::uint32_t insufficient_state = 2500;  // unsubscribe push: the client subscribes again and recovers

}  // namespace

session_state::session_state(subscriber who, const server_options& options, session_port& port, emulation_address_ptr commands)
    : who_(std::make_shared<const subscriber>(std::move(who))), options_(options), port_(port), commands_(std::move(commands)) {}

void session_state::start() {
  stale_due_ms_ = port_.steady_ms() + std::int64_t{options_.limit.stale_timeout_s} * 1000;
  ensure_tick();
}

void session_state::on_message(std::string_view message) {
  if (stage_ == stage::over) return;
  auto commands = protocol::decode(who_->dialect, message, options_.limit);
  if (!commands || commands->empty()) return close(close_code::bad_request);
  for (auto& each : *commands) queue_.push({std::move(each), false});
  queue_.back().last = true;
  run_queue();
}

// Starts what may start, in order; a message has been taken care of when its last command has started.
void session_state::run_queue() {
  std::size_t taken = 0;
  const auto may_start = [this] { return stage_ != stage::over && stage_ != stage::connecting; };
  while (!queue_.empty() && may_start() && under_way_.size() < options_.limit.commands_in_flight_max &&
         !comes_too_early(queue_.front().what)) {
    const bool dropped = stage_ == stage::refused && amid_message_;  // the rest of the message with connect
    const auto next = queue_.pop();
    amid_message_ = !next.last;
    if (!dropped) start_command(next.what);
    if (next.last) ++taken;
  }
  flush();
  if (taken > 0) port_.release(taken);
  if (bulk_ == bulk_stage::answered && !queue_.empty()) {
    bulk_ = bulk_stage::draining;
    port_.tell_when_drained();
  }
  ensure_tick();
}

// What may have an answer of any size.
bool session_state::is_bulky(const protocol::command& command) const {
  if (std::holds_alternative<protocol::history_command>(command.body)) return true;
  const auto* wanted = std::get_if<protocol::subscribe_command>(&command.body);
  if (!wanted || (!wanted->recover && wanted->type == 0)) return false;
  const auto found = subscriptions_.find(wanted->channel);
  return found == subscriptions_.end() || found->second.at == subscription_stage::paging;  // else it is refused at once
}

// A subscribe behind an unsubscribe that waits for the subscribe before it: all three are answered in order.
bool session_state::comes_too_early(const protocol::command& command) const {
  if (bulk_ != bulk_stage::none && is_bulky(command)) return true;
  const auto* wanted = std::get_if<protocol::subscribe_command>(&command.body);
  if (!wanted) return false;
  const auto found = subscriptions_.find(wanted->channel);
  return found != subscriptions_.end() && found->second.unsubscribe_id != 0;
}

void session_state::start_command(const protocol::command& command) {
  const bool connecting = std::holds_alternative<protocol::connect_command>(command.body);
  if (stage_ == stage::refused || connecting != (stage_ == stage::fresh)) return close(close_code::bad_request);
  if (too_fast(command)) return;
  std::visit([&](const auto& body) { (*this)(command.id, body); }, command.body);
}

// Who is told to come again later has not been served. Pongs and leaving are free: a client must be able to live and to go.
bool session_state::too_fast(const protocol::command& command) {
  const auto& allowed = options_.client_rate;
  if (!allowed.limits() || std::holds_alternative<protocol::pong>(command.body) ||
      std::holds_alternative<protocol::unsubscribe_command>(command.body) || commands_taken_.take(allowed, port_.steady_ms()).granted)
    return false;
  port_.note_too_fast();
  if (command.id != 0) refuse(command.id, errc::too_many_requests);
  return true;
}

// ---- answers -------------------------------------------------------------------------------------------------------------

void session_state::on_published(ticket which, const result<published>& outcome) {
  pending asked;
  if (!take(which, asked)) return;
  outcome ? reply(asked.command_id, protocol::publish_result{}) : refuse(asked.command_id, outcome.error());
  run_queue();
}

void session_state::on_step(ticket which, result<subscribe_step> step) {
  pending asked;
  if (!take(which, asked)) return;
  if (asked.resuming) {
    on_resumed(asked, step);
    return run_queue();
  }
  if (stage_ == stage::connecting) {
    on_server_side(asked.channel, std::move(step));
    return run_queue();
  }
  auto& at = subscriptions_[asked.channel];
  const auto unsubscribe_id = at.unsubscribe_id;
  if (step && step->live) {  // the broadcaster has written the reply
    at.at = subscription_stage::live;
    at.broadcaster_start = step->broadcaster_start;
    at.command_id = asked.command_id;
    watch_expiry(at);
  } else if (step) {
    at.at = subscription_stage::paging;
    reply(asked.command_id, std::move(step->page));
  } else {
    refuse(asked.command_id, step.error());
    subscriptions_.erase(asked.channel);
  }
  if (unsubscribe_id != 0) {
    unsubscribe(asked.channel, unsubscribe_id);
  } else {
    tell_if_lost(asked.channel);
  }
  run_queue();
}

void session_state::on_history(ticket which, result<storage::stream_page> page) {
  pending asked;
  if (!take(which, asked)) return;
  if (!page) {
    refuse(asked.command_id, page.error());
  } else if (!asked.since_epoch.empty() && asked.since_epoch != page->epoch) {
    refuse(asked.command_id, errc::unrecoverable);
  } else {
    if (asked.only_position) page->publications.clear();
    if (asked.readable)
      for (auto& each : page->publications) each = std::make_shared<const publication>(readable_part(*asked.readable, *each));
    reply(asked.command_id, protocol::history_result{std::move(page->publications), page->epoch, page->top});
  }
  run_queue();
}

void session_state::on_presence(ticket which, result<protocol::presence_result> clients) {
  pending asked;
  if (!take(which, asked)) return;
  clients ? reply(asked.command_id, std::move(*clients)) : refuse(asked.command_id, clients.error());
  run_queue();
}

void session_state::on_presence_stats(ticket which, const result<protocol::presence_stats_result>& stats) {
  pending asked;
  if (!take(which, asked)) return;
  stats ? reply(asked.command_id, *stats) : refuse(asked.command_id, stats.error());
  run_queue();
}

void session_state::on_broadcaster_restarted(std::uint64_t start) {
  broadcaster_start_ = std::max(broadcaster_start_, start);
  std::vector<std::string> channels;
  for (const auto& [channel, at] : subscriptions_) channels.push_back(channel);
  for (const auto& channel : channels) tell_if_lost(channel);
}

void session_state::on_subscription_ended(const std::string& room) {
  const auto found = subscriptions_.find(room);
  if (found != subscriptions_.end() && found->second.at == subscription_stage::live) subscriptions_.erase(found);
}

void session_state::on_missed(const std::string& room, std::uint64_t after) {
  const auto found = subscriptions_.find(room);
  if (stage_ == stage::over || found == subscriptions_.end() || found->second.at != subscription_stage::live) return;
  const auto& at = found->second;
  if (at.through->slow != slow_consumer::conflate) return resynchronise(room);
  const auto which = expect(0, room);
  under_way_.at(which).resuming = true;
  under_way_.at(which).command_id = at.command_id;
  port_.resume(which, room, {known_as(at), at.through, at.command_id, after, nullptr});
  ensure_tick();
}

// A subscription that cannot be resumed, and is still the same, comes again. Of one that was over already its client hears without us: from
// the broadcaster that has ended it, or when the next one is heard of.
void session_state::on_resumed(const pending& asked, const result<subscribe_step>& step) {
  const auto found = subscriptions_.find(asked.channel);
  if (step || step.error().code == errc::expired) return;
  if (found == subscriptions_.end() || found->second.at != subscription_stage::live) return;
  if (found->second.command_id == asked.command_id) resynchronise(asked.channel);
}

void session_state::on_end(const end_connection& whom) {
  if (stage_ != stage::connected || who_->info.user != whom.user) return;
  if (whom.client.empty() || who_->info.client == whom.client) close(whom.code);
}

session_card session_state::describe() const {
  session_card card;
  for (const auto& [room, at] : subscriptions_) {
    session_card::room shown{room, false, at.at == subscription_stage::live};
    if (at.through) {
      shown.map = at.through->type == protocol::subscription_type::map;
      shown.slow = at.through->slow;
      shown.interval_ms = at.through->interval_ms;
    }
    card.rooms.push_back(std::move(shown));
  }
  return card;
}

// ---- time ----------------------------------------------------------------------------------------------------------------

void session_state::tick() {
  const auto now = port_.steady_ms();
  if (stage_ == stage::over || now < tick_due_ms_) return;
  tick_due_ms_ = never;
  if (exceeds<"stale_timeout_s">(now >= stale_due_ms_)) return close(close_code::stale);
  if (now >= pong_due_ms_) {  // the ping may still wait behind what a slow client takes bit by bit
    pong_due_ms_ = now + std::int64_t{options_.limit.pong_timeout_s} * 1000;
    port_.ask_progress();
  }
  if (expires_at_s_ > 0 && port_.now_s() >= expires_at_s_ + expiry_grace_s) return close(close_code::connection_expired);
  if (key_ && key_->withdrawn()) return close(close_code::connection_expired);
  if (first_expiry_s_ > 0 && port_.now_s() >= first_expiry_s_ + expiry_grace_s) end_expired();
  if (now >= ping_due_ms_) {
    ping_due_ms_ = now + std::int64_t{options_.limit.ping_interval_s} * 1000;
    if (pong_due_ms_ == never) {  // else the last ping is still to be answered
      port_.ping();
      if (!only_listens()) pong_due_ms_ = now + std::int64_t{options_.limit.pong_timeout_s} * 1000;
    }
  }
  while (!under_way_.empty() && exceeds<"request_timeout_s">(under_way_.begin()->second.due_ms <= now)) {
    const auto late = under_way_.extract(under_way_.begin());
    end_bulk(late.mapped());
    const auto& channel = late.mapped().channel;
    const auto found = subscriptions_.find(channel);
    if (late.mapped().resuming) {
      on_resumed(late.mapped(), fail(errc::timeout));
      continue;
    }
    if (found != subscriptions_.end() && found->second.at == subscription_stage::subscribing)
      return close(close_code::internal_error);  // it may still become live: only a new connection makes that clear
    refuse(late.mapped().command_id, errc::timeout);
  }
  run_queue();
}

void session_state::on_drained() {
  if (bulk_ == bulk_stage::draining) bulk_ = bulk_stage::none;
  run_queue();
}

// A pong is late. Who has got everything, or takes nothing any more, is gone.
void session_state::on_progress(const peer_progress& taken) {
  if (stage_ == stage::over || pong_due_ms_ == never) return;
  if (exceeds<"pong_timeout_s">(taken.all || taken.bytes == taken_)) return close(close_code::no_pong);
  taken_ = taken.bytes;
}

void session_state::ensure_tick() {
  auto due = std::min({stale_due_ms_, ping_due_ms_, pong_due_ms_});
  if (!under_way_.empty()) due = std::min(due, under_way_.begin()->second.due_ms);
  const auto now = port_.steady_ms();
  for (const auto end_s : {expires_at_s_, first_expiry_s_})
    if (end_s > 0) due = std::min(due, now + std::max<std::int64_t>(0, end_s + expiry_grace_s - port_.now_s()) * 1000);
  if (stage_ == stage::over || due >= tick_due_ms_) return;
  tick_due_ms_ = due;
  port_.tick_after(static_cast<std::uint32_t>(std::clamp<std::int64_t>(due - now, 1, 3'600'000)));
}

// ---- common --------------------------------------------------------------------------------------------------------------

void session_state::leave() {
  stage_ = stage::over;
  if (std::exchange(noted_, false)) port_.note_connection(who_->info, false);
  for (const auto& [channel, at] : subscriptions_) port_.detach(channel, {});
  subscriptions_.clear();
  under_way_.clear();
  queue_.clear();
}

void session_state::close(close_code code) {
  if (stage_ == stage::over) return;
  flush();
  stage_ = stage::over;
  under_way_.clear();
  queue_.clear();
  port_.close(code);
}

// Ends what there is of a subscription, and answers.
void session_state::unsubscribe(const std::string& channel, std::uint32_t id) {
  const auto ended = subscriptions_.extract(channel);
  if (ended.empty() || ended.mapped().at != subscription_stage::live) return reply(id, protocol::unsubscribe_result{});
  std::string message;
  protocol::encode_reply(who_->dialect, id, protocol::unsubscribe_result{}, message);
  port_.detach(channel, std::move(message));
}

// A live subscription whose broadcaster is gone is over; the client comes back and recovers.
void session_state::tell_if_lost(const std::string& channel) {
  const auto found = subscriptions_.find(channel);
  if (found == subscriptions_.end() || found->second.at != subscription_stage::live) return;
  if (found->second.broadcaster_start >= broadcaster_start_) return;
  if (found->second.server_side()) return close(close_code::insufficient_state);
  subscriptions_.erase(found);
  std::string message;
  protocol::encode_unsubscribe(who_->dialect, channel, insufficient_state, "insufficient state", message);
  port_.send_behind(message);  // the reply to its subscribe may still be on its way
}

// The client missed something and has to subscribe again; it hears so behind everything that it was told.
void session_state::resynchronise(const std::string& channel) {
  port_.note_resynchronised();
  const auto ended = subscriptions_.extract(channel);
  if (ended.mapped().server_side()) return close(close_code::insufficient_state);
  std::string message;
  protocol::encode_unsubscribe(who_->dialect, channel, insufficient_state, "insufficient state", message);
  port_.detach(channel, std::move(message));
}

// Where it is written.
message_text& session_state::next_reply() {
  if (!out_) out_ = std::make_unique<message_text>();
  if (!out_->bytes.empty()) protocol::join(who_->dialect, out_->bytes);
  return *out_;
}

void session_state::reply(std::uint32_t id, const protocol::any_result& what) {
  auto& out = next_reply();
  protocol::encode_reply(who_->dialect, id, what, out.bytes, &out.shared);
}

void session_state::refuse(std::uint32_t id, errc code, std::string_view detail) {
  protocol::encode_error(who_->dialect, id, code, detail, next_reply().bytes);
}

void session_state::flush() {
  const auto message = std::exchange(out_, nullptr);  // an idle session keeps no buffer
  if (message && !message->bytes.empty()) port_.send(*message);
}

ticket session_state::expect(std::uint32_t id, const std::string& channel) {
  const auto which = ++last_ticket_;
  under_way_.emplace(
      which, pending{id, channel, port_.steady_ms() + std::int64_t{options_.limit.request_timeout_s} * 1000, {}, false, false, false, {}});
  return which;
}

ticket session_state::expect_bulk(std::uint32_t id, const std::string& channel) {
  const auto which = expect(id, channel);
  under_way_.at(which).bulky = true;
  bulk_ = bulk_stage::under_way;
  return which;
}

void session_state::end_bulk(const pending& asked) noexcept {
  if (asked.bulky) bulk_ = bulk_stage::answered;
}

bool session_state::take(ticket which, pending& out) {
  const auto found = under_way_.find(which);
  if (found == under_way_.end()) return false;
  out = std::move(found->second);
  under_way_.erase(found);
  end_bulk(out);
  return true;
}

}  // namespace tidewire
