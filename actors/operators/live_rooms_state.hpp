// The rooms that operators watch, without the actor (live_desk.hpp). Each second, and only while somebody is subscribed, each gets one
// publication:
//
//   $sys:overview   what the server counts, how long commits and requests take, and its memory (actors/edge/overview.hpp)
//   $sys:tree       the supervision tree, with up to a hundred children of each supervisor
//   $sys:log        the lines of the log since the publication before: {"after": the last id of that one, "data": [lines], "last": id}
//
// A room that somebody begins to watch gets its first one at once. What is still on its way from the second before is not sent again.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "actors/messages.hpp"

namespace tidewire {

enum class live_room : std::uint8_t { overview, tree, log };

class live_port {
 public:
  virtual ~live_port() = default;
  virtual void count_audience(ticket which, const std::string& room) = 0;                 // live_rooms_state::on_audience()
  virtual void publish(ticket which, const std::string& room, std::string document) = 0;  // live_rooms_state::on_published()
  virtual void wake_after(std::uint32_t ms) = 0;                                          // live_rooms_state::on_tick()
  // What there is to say of it now, or live_rooms_state::on_content() later.
  virtual std::optional<std::string> content(ticket which, live_room of) = 0;
  // The lines behind that one; the last of them takes its place.
  virtual std::string log_after(std::uint64_t& last) = 0;
  virtual std::uint64_t last_line() const = 0;
};

class live_rooms_state {
 public:
  static constexpr std::uint32_t interval_ms = 1'000;
  static constexpr std::array<const char*, 3> names{"$sys:overview", "$sys:tree", "$sys:log"};

  // `port` outlives the state.
  explicit live_rooms_state(live_port& port) : port_(port) {}

  // Whoever was here before has died: perhaps somebody watches already.
  void start() { count(); }
  void on_watched(const std::string& room);
  void on_audience(ticket which, const std::optional<std::size_t>& clients);  // nothing: nobody knows now
  void on_content(ticket which, std::optional<std::string> document);
  void on_published(ticket which);
  void on_tick() { count(); }

 private:
  enum class stage : std::uint8_t { resting, counting, waiting };
  struct place {
    bool watched = false;
    bool busy = false;  // its last document is on its way here, or to the room
  };

  void count();
  void tell(std::size_t which);
  void publish(std::size_t which, std::string document);
  void watch(std::size_t which);

  live_port& port_;
  stage at_ = stage::resting;
  std::size_t open_ = 0;  // audiences that are being counted
  std::array<place, names.size()> places_{};
  std::uint64_t last_line_ = 0;
};

}  // namespace tidewire
