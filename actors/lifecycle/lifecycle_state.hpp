// The log of what happens to connections and rooms, without its actor: events become publications of the room "$sys", in order, one request
// at a time with all that has gathered. Each has an id, so that one whose fate is unknown can be sent again.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "actors/messages.hpp"
#include "storage/store.hpp"

namespace tidewire {

inline constexpr const char* lifecycle_room = "$sys";

class lifecycle_port {
 public:
  virtual ~lifecycle_port() = default;
  virtual void publish(ticket which, const std::string& room, publish_request request) = 0;  // lifecycle_state::on_published()
  virtual void wake_after(std::uint32_t ms) = 0;                                             // lifecycle_state::on_wake()
  virtual void note_start_told() = 0;
};

class lifecycle_state {
 public:
  static constexpr std::size_t waiting_max = 10'000;  // events; more are counted, and the number is told
  static constexpr std::size_t batch_max = 100;

  // `start` is never the same twice. `port` outlives the state. `ids_max`: so many ids a room takes at a time.
  lifecycle_state(std::string start, lifecycle_port& port, std::size_t ids_max = batch_max)
      : start_(std::move(start)), port_(port), batch_(std::min(batch_max, ids_max)) {}

  // The first event of a run of the server: whoever was there before is gone. Until it is known to have been told, it is told again under
  // the id of the run.
  void tell_start(const std::string& run, storage::last_stop before);
  // An earlier one has died, and what it had not told is lost.
  void tell_lost();
  void handle(const lifecycle_event& event);
  void on_published(ticket which, const result<published>& outcome);
  void on_wake() { send(); }

 private:
  struct entry {
    std::string id;
    std::string data;
  };

  void push(std::string data) { waiting_.push_back({start_ + '/' + std::to_string(++last_number_), std::move(data)}); }
  void send();

  const std::string start_;
  lifecycle_port& port_;
  const std::size_t batch_;
  std::deque<entry> waiting_;
  std::uint64_t last_number_ = 0;
  bool telling_start_ = false;
  std::size_t lost_ = 0;
  std::size_t sent_ = 0;  // of those that wait: on their way
  ticket under_way_ = 0;  // 0: none
  ticket last_ticket_ = 0;
};

// One event as it is published.
std::string lifecycle_document(const lifecycle_event& event);

}  // namespace tidewire
