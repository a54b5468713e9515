#include "actors/session/session_link.hpp"

#include <caf/send.hpp>
#include <utility>

namespace tidewire {

namespace {

std::string_view name_of(protocol::dialect as) {
  switch (as) {
    case protocol::dialect::json: return "json";
    case protocol::dialect::json_pushes: return "sse";
    case protocol::dialect::room_events: return "room-events";
    case protocol::dialect::msgpack: return "msgpack";
  }
  return "unknown";
}

}  // namespace

void session_link::note(const subscriber_ptr& who, std::size_t subscriptions) {
  subscriptions_.store(static_cast<std::uint32_t>(subscriptions), std::memory_order_relaxed);
  if (who.get() == noted_) return;
  noted_ = who.get();
  const std::lock_guard lock(guard_);
  if (session_) who_ = who;
}

session_standing session_link::standing() const {
  const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun_).count();
  return {out_->standing(), static_cast<std::uint64_t>(age), subscriptions_.load(std::memory_order_relaxed)};
}

session_line session_link::line() const {
  session_line seen{standing(), {}, {}, std::string(name_of(dialect_)), out_->address()};
  const std::lock_guard lock(guard_);
  if (!who_) return seen;
  seen.client = who_->info.client;
  seen.user = who_->info.user;
  return seen;
}

bool session_link::is_of(const std::optional<std::string>& user, const std::string& client) const {
  if (!user && client.empty()) return true;
  const std::lock_guard lock(guard_);
  return (!user || *user == (who_ ? who_->info.user : std::string())) && (client.empty() || (who_ && who_->info.client == client));
}

void session_link::describe(const reply_ptr<session_card>& reply) {
  const std::lock_guard lock(guard_);
  if (session_) caf::anon_send(session_, session_mail(describe_session{reply}));
}

void session_link::started(session_actor session) {
  const std::lock_guard lock(guard_);
  session_ = std::move(session);
  if (const auto early = std::exchange(early_, nullptr))
    for (auto& message : *early) caf::anon_send(session_, session_mail(std::move(message)));
  if (closed_) caf::anon_send(session_, session_mail(tidewire::connection_closed{}));
}

void session_link::ended() {
  out_->close(close_code::internal_error);  // nothing happens if it is closed already
  const std::lock_guard lock(guard_);
  session_ = nullptr;
  who_.reset();
  early_.reset();
  closed_ = true;
}

void session_link::deliver(inbound_message message) {
  const std::lock_guard lock(guard_);
  if (session_) {
    caf::anon_send(session_, session_mail(std::move(message)));
  } else if (!closed_) {
    if (!early_) early_ = std::make_unique<std::vector<inbound_message>>();
    early_->push_back(std::move(message));
  }
}

bool session_link::deliver_within(inbound_message message, std::size_t messages_max) {
  if (++in_hand_ > messages_max) {
    --in_hand_;
    return false;
  }
  deliver(std::move(message));
  return true;
}

void session_link::release(std::size_t messages) {
  if (!commands_) {
    out_->release(messages);
  } else {
    in_hand_ -= messages;
  }
}

void session_link::broadcaster_restarted(std::uint64_t start) {
  const std::lock_guard lock(guard_);
  if (session_) caf::anon_send(session_, session_mail(tidewire::broadcaster_restarted{start}));
}

void session_link::end(const end_connection_ptr& whom) {
  const std::lock_guard lock(guard_);
  if (session_) caf::anon_send(session_, session_mail(whom));
}

void session_link::drained() {
  const std::lock_guard lock(guard_);
  if (session_) caf::anon_send(session_, session_mail(outbox_drained{}));
}

void session_link::subscription_ended(const std::string& room) {
  const std::lock_guard lock(guard_);
  if (session_) caf::anon_send(session_, session_mail(tidewire::subscription_ended{room}));
}

void session_link::fell_behind(std::vector<transport::missed> rooms) {
  const std::lock_guard lock(guard_);
  if (session_) caf::anon_send(session_, session_mail(tidewire::fell_behind{std::move(rooms)}));
}

void session_link::connection_closed() {
  const std::lock_guard lock(guard_);
  closed_ = true;
  if (session_) caf::anon_send(session_, session_mail(tidewire::connection_closed{}));
}

}  // namespace tidewire
