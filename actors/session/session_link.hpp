// What joins a WebSocket connection, on its I/O thread, with its session, an actor that may not have started yet. Mail for a session that
// is still to come waits here. If the session never comes, or dies, the connection is closed and the client comes back.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "actors/interfaces.hpp"
#include "actors/session/session_state.hpp"
#include "schemas/access/api_key.hpp"
#include "transport/application.hpp"

namespace tidewire {

// Shared by the listener and the session; free of threads.
class session_link final : public subscription_listener {
 public:
  // `commands`: where the client's commands come in, if not over the connection itself.
  explicit session_link(transport::outbox_ptr out, emulation_address_ptr commands = nullptr,
                        protocol::dialect dialect = protocol::dialect::json)
      : out_(std::move(out)), commands_(std::move(commands)), dialect_(dialect) {}
  session_link(const session_link&) = delete;
  session_link& operator=(const session_link&) = delete;

  const transport::outbox_ptr& out() const noexcept { return out_; }
  const emulation_address_ptr& commands() const noexcept { return commands_; }
  protocol::dialect dialect() const noexcept { return dialect_; }

  // The API key that the connection came with; null: none. Before the session starts.
  void came_with(api_key_ptr key) noexcept { key_ = std::move(key); }
  api_key_ptr take_key() noexcept { return std::move(key_); }
  // It is an operator's. Before the session starts.
  void came_as_operator(operator_entry how) noexcept { operator_ = how; }
  operator_entry as_operator() const noexcept { return operator_; }

  // ---- for operators
  // By the session: who it is of, and how many rooms it is subscribed to.
  void note(const subscriber_ptr& who, std::size_t subscriptions);
  // On the connection's thread, as what follows.
  session_line line() const;
  session_standing standing() const;
  // Whether it is that user's (if one is asked for; the empty one is nobody in particular), and that client (if one is named).
  bool is_of(const std::optional<std::string>& user, const std::string& client) const;
  void describe(const reply_ptr<session_card>& reply);

  // The session has started and takes what has arrived.
  void started(session_actor session);
  // The session is over, or will never be: closes the connection, lets go of the session.
  void ended();

  void deliver(inbound_message message);
  // The same, unless so many messages are with the session already: then false. For messages that transport does not hold back.
  bool deliver_within(inbound_message message, std::size_t messages_max);
  // The session has taken care of that many messages.
  void release(std::size_t messages);
  void broadcaster_restarted(std::uint64_t start);
  void end(const end_connection_ptr& whom);
  void drained();
  void subscription_ended(const std::string& room) override;
  void fell_behind(std::vector<transport::missed> rooms);
  void connection_closed();

 private:
  const transport::outbox_ptr out_;
  const emulation_address_ptr commands_;
  const protocol::dialect dialect_;
  operator_entry operator_ = operator_entry::none;
  api_key_ptr key_;
  const subscriber* noted_ = nullptr;  // the last one that the session told; its alone
  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::atomic<std::uint32_t> subscriptions_{0};
  bool closed_ = false;  // under the guard, as what follows it
  mutable std::mutex guard_;
  subscriber_ptr who_;  // null: the session has not started, or is over: it holds this link
  session_actor session_;
  std::unique_ptr<std::vector<inbound_message>> early_;  // null: none
  std::atomic<std::size_t> in_hand_{0};                  // messages of deliver_within() that are not released
};

// The listener of one connection.
class session_listener : public transport::outbox_listener {
 public:
  explicit session_listener(std::shared_ptr<session_link> link) : link_(std::move(link)) {}
  void on_message(std::string message, bool text) override { link_->deliver({std::move(message), text}); }
  void on_missed(std::vector<transport::missed> what) override { link_->fell_behind(std::move(what)); }
  void on_close() override { link_->connection_closed(); }

  session_link& link() { return *link_; }

 private:
  std::shared_ptr<session_link> link_;
};

}  // namespace tidewire
