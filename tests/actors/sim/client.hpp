// A client of the protocol in the simulation: connects, subscribes, publishes, asks for history, gets slow, leaves and comes back. It reads
// what its outbox got, and every command of its own must be answered once, or its connection be closed.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/actors/sim/connection.hpp"
#include "tests/actors/sim/counts.hpp"
#include "tests/actors/sim/watch.hpp"

namespace tidewire::test {

class sim_world;

class sim_client final : public peer {
 public:
  sim_client(sim_world& world, sim_counts& counts, std::vector<wish> wishes);

  void act();
  // From now on it is a good client: reads, subscribes to everything, stays.
  void settle();
  // Why it is not connected, subscribed and shown everything; empty: it is.
  std::string why_not() const;
  void leave();
  // The world ends: it hears nothing any more.
  void forget() { out_.reset(); }
  // The rooms where others see it, and by which connection.
  std::vector<std::string> present_in() const;
  std::uint64_t connection_id() const { return out_->id(); }

  void on_readable() override;
  void on_message(const std::string& text) override;
  void on_closed(close_code code) override;

 private:
  enum class asked : std::uint8_t { connect, subscribe, unsubscribe, publish, history, presence, ping };
  struct open_command {
    asked what = asked::connect;
    watch* of = nullptr;
    std::uint64_t number = 0;  // of a publish
    std::string room;
    bool void_ = false;  // a subscribe whose unsubscribe was answered first
  };

  void come();
  void send(open_command command, const std::string& method, const std::string& body);
  void subscribe(watch& which);
  bool waits_for(const watch& which) const;
  bool leaves(const watch& which) const;
  void publish();
  void ask_history();
  void on_line(std::string_view line);
  void on_reply(const json_object_view& reply);
  void on_error(const open_command& command, const json_object_view& error);
  void on_result(const open_command& command, const json_object_view& result);
  void on_push(const json_object_view& push);
  void check_history(const std::string& room, const json_object_view& result) const;
  watch* find(std::string_view channel) const;

  sim_world& world_;
  chance& by_;
  sim_counts& counts_;
  const address me_;
  const std::size_t patience_;  // how long it stays slow, in its own turns; 0: for one
  std::vector<std::unique_ptr<watch>> watches_;
  std::shared_ptr<connection> out_;  // null: away
  bool connected_ = false;           // connect is answered
  bool slow_ = false;
  bool reads_ = false;  // something is there to be read
  std::uint32_t last_id_ = 0;
  std::map<std::uint32_t, open_command> open_;
  std::map<std::uint64_t, watch*> numbers_;  // of channels, where pushes say the number instead of the name
};

}  // namespace tidewire::test
