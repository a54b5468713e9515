// What joins a WebSocket connection, on its I/O thread, with its session, an actor that may not have started yet. Mail for a session that
// is still to come waits here. If the session never comes, or dies, the connection is closed and the client comes back.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "actors/interfaces.hpp"
#include "transport/application.hpp"

namespace tidewire {

// Shared by the listener and the session; free of threads.
class session_link final : public subscription_listener {
 public:
  explicit session_link(transport::outbox_ptr out) : out_(std::move(out)) {}
  session_link(const session_link&) = delete;
  session_link& operator=(const session_link&) = delete;

  const transport::outbox_ptr& out() const noexcept { return out_; }

  // The session has started and takes what has arrived.
  void started(session_actor session);
  // The session is over, or will never be: closes the connection, lets go of the session.
  void ended();

  void deliver(inbound_message message);
  void broadcaster_restarted(std::uint64_t start);
  void subscription_ended(const std::string& room) override;
  void connection_closed();

 private:
  const transport::outbox_ptr out_;
  std::mutex guard_;
  session_actor session_;
  std::vector<inbound_message> early_;
  bool closed_ = false;
};

// The listener of one connection.
class session_listener final : public transport::websocket_listener {
 public:
  explicit session_listener(std::shared_ptr<session_link> link) : link_(std::move(link)) {}
  void on_message(std::string message, bool text) override { link_->deliver({std::move(message), text}); }
  void on_close() override { link_->connection_closed(); }

  session_link& link() { return *link_; }

 private:
  std::shared_ptr<session_link> link_;
};

}  // namespace tidewire
