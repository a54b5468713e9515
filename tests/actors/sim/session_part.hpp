// A session, as actors/session has it: the real session_state between its connection and the rest.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/session/session_state.hpp"
#include "tests/actors/sim/connection.hpp"
#include "tests/actors/sim/process.hpp"

namespace tidewire::test {

class session_part final : public part, private session_port {
 public:
  session_part(process& in, std::shared_ptr<connection> link);
  ~session_part() override;

  std::uint64_t id() const noexcept { return link_->id(); }
  void on_message(const std::string& message) { state_->on_message(message); }
  void on_missed(const std::vector<transport::missed>& rooms);
  void on_broadcaster_restarted(std::uint64_t start) { state_->on_broadcaster_restarted(start); }
  void on_subscription_ended(const std::string& room) { state_->on_subscription_ended(room); }
  void connection_closed();

 private:
  template <class T, class Hear>
  reply_ptr<T> answer(ticket which, Hear hear);
  void detach_from(const std::string& room, std::shared_ptr<parting_frame> last);
  void send_command(const std::string& room, room_command command);

  std::int64_t now_s() const override { return 1'700'000'000 + office().now_ms() / 1000; }
  std::int64_t steady_ms() const override { return office().now_ms(); }
  void tick_after(std::uint32_t ms) override;
  std::uint32_t random_below(std::uint32_t bound) override { return static_cast<std::uint32_t>(by().below(bound)); }
  void publish(ticket which, const std::string& room, publish_request request) override;
  void subscribe(ticket which, const std::string& room, subscribe_request request) override;
  void resume(ticket which, const std::string& room, resume_request request) override;
  void detach(const std::string& room, std::string reply) override;
  void read_history(ticket which, const std::string& room, std::uint64_t after, storage::page_limit limit, bool reverse) override;
  void note_resynchronised() override { ++in_.around.resynchronised; }
  void note_connection(const client_info& who, bool connected) override;
  void ask_presence(ticket which, const std::string& room) override;
  void ask_presence_stats(ticket which, const std::string& room) override;
  transport::outbox_ptr make_gate() override;
  void open_gate(const message_text& first) override;
  void send(const message_text& message) override;
  void send_behind(const std::string& message) override;
  void ping() override { link_->beat(make_frame(frame_opcode::text, "{}")); }
  void tell_when_drained() override;
  void ask_progress() override;
  void close(close_code code) override { link_->close(code); }
  void release(std::size_t messages) override { link_->release(messages); }

  std::shared_ptr<connection> link_;
  const session_id id_;
  std::optional<session_state> state_;
};

}  // namespace tidewire::test
