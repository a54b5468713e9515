// What rooms are not to keep any longer goes, also of rooms that are not in memory: publications that are too old (history_ttl), and whole
// rooms that had no change for so long and have no subscribers (room_ttl). Rooms in memory trim themselves, and are not forgotten.
//
// A pass goes through all rooms of one store, a page at a time, and does one thing after the other. Whether a room is in use is decided by
// the journal, which knows the rooms that are open: a change that has just come opened its room there before. Nothing is remembered across
// a crash but what the store has marked: rooms that are half forgotten.
//
// Pure: asks through retention_port, is told through the on_… functions.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "actors/messages.hpp"
#include "schemas/options.hpp"

namespace tidewire {

class retention_port {
 public:
  virtual ~retention_port() = default;
  virtual std::int64_t now_ms() const = 0;     // Unix time
  virtual std::int64_t steady_ms() const = 0;  // never jumps
  virtual std::vector<std::string> half_forgotten() const = 0;
  virtual void load_ages(ticket which, const std::string& after, std::size_t limit) = 0;
  virtual void find_first_after(ticket which, const std::string& room, std::int64_t time_ms) = 0;
  virtual void trim(const std::string& room, std::uint64_t first) = 0;  // unless it is open
  virtual void ask_audience(ticket which, const std::string& room) = 0;
  virtual void forget(ticket which, const std::string& room, const std::string& epoch, std::uint64_t top) = 0;
};

class retention_state {
 public:
  static constexpr std::uint32_t tick_ms = 100;

  // Both outlive it.
  retention_state(const server_options& options, retention_port& port);

  void tick();  // at the start, and every tick_ms
  void on_ages(ticket which, const result<std::vector<storage::room_age>>& page);
  void on_first_after(ticket which, const result<std::uint64_t>& first);
  void on_audience(ticket which, const result<bool>& somebody);
  void on_forgotten(ticket which, const result<forgotten>& done);

 private:
  struct job {
    std::string room;
    std::string epoch;
    std::uint64_t top = 0;
    std::optional<std::int64_t> older_than_ms;  // trim it; none: forget it
    bool half_forgotten = false;
  };

  void begin_pass();
  void look_at(const storage::room_age& age);
  void next_job();
  void forget(const job& what);
  bool answers(ticket which);

  const server_options& options_;
  retention_port& port_;
  std::int64_t pause_ms_ = 0;  // between the begins of two passes; 0: nothing is to go, ever
  std::optional<std::int64_t> begun_ms_;
  bool passing_ = false;
  std::string at_;  // the last room seen
  ticket asked_ = 0;
  ticket last_ticket_ = 0;
  std::deque<job> jobs_;  // the front is being done
};

}  // namespace tidewire
