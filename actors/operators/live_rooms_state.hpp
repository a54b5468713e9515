// The rooms that operators watch, without the actor (live_desk.hpp). Each second, and only while somebody is subscribed, each gets one
// publication: what live_view.hpp says. A room that somebody begins to watch gets its first one at once. What is still on its way from the
// second before is not sent again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actors/messages.hpp"
#include "actors/operators/live_view.hpp"

namespace tidewire {

class live_port {
 public:
  virtual ~live_port() = default;
  virtual void find_watched() = 0;                                                        // live_rooms_state::on_found()
  virtual void count_audience(ticket which, const std::string& room) = 0;                 // live_rooms_state::on_audience()
  virtual void look(ticket which, const live_view& what) = 0;                             // live_rooms_state::on_content()
  virtual void publish(ticket which, const std::string& room, std::string document) = 0;  // live_rooms_state::on_published()
  virtual void wake_after(std::uint32_t ms) = 0;                                          // live_rooms_state::on_tick()
  // The lines behind that one; the last of them takes its place.
  virtual std::string log_after(std::uint64_t& last) = 0;
  virtual std::uint64_t last_line() const = 0;
};

class live_rooms_state {
 public:
  static constexpr std::uint32_t interval_ms = 1'000;
  static constexpr std::size_t rooms_max = 64;  // at a time; others are told nothing, and who wants them asks over HTTP

  // `port` outlives the state.
  explicit live_rooms_state(live_port& port) : port_(port) {}

  // Whoever was here before has died: perhaps somebody watches already.
  void start() { port_.find_watched(); }
  void on_found(const std::optional<std::vector<std::string>>& rooms);  // nothing: nobody knows now
  void on_watched(const std::string& room);
  void on_audience(ticket which, const std::optional<std::size_t>& clients);  // nothing: nobody knows now
  void on_content(ticket which, std::optional<std::string> document);
  void on_published(ticket which);
  void on_tick();

 private:
  enum class stage : std::uint8_t { resting, counting, waiting };
  struct place {
    std::string room;
    live_view what;
    bool busy = false;            // its last document is on its way here, or to the room
    std::uint64_t last_line = 0;  // of the log: what was told
  };

  void wait();
  void tell(ticket which, place& at);
  void publish(ticket which, place& at, std::string document);

  live_port& port_;
  stage at_ = stage::resting;
  bool found_ = false;    // all that were watched before this one began are known
  std::size_t open_ = 0;  // audiences that are being counted
  std::map<ticket, place> places_;
  ticket last_ticket_ = 0;
};

}  // namespace tidewire
