// What the broadcaster needs from outside: the I/O threads and time. The actor implements it, tests play it by hand.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "actors/messages.hpp"

namespace tidewire {

class fanout_port {
 public:
  virtual ~fanout_port() = default;

  virtual std::size_t io_threads() const noexcept = 0;
  // Runs the job on that thread, after all jobs posted to it before; never inside this call.
  virtual void post(std::size_t thread, std::function<void()> job) = 0;
  // What a run calls when it is through, on any thread, perhaps after the port and the broadcaster are gone: the broadcaster's drained() is
  // due.
  virtual std::function<void()> when_drained() = 0;

  // A page of the state of the rooms that match; broadcaster_state::on_states() when it is there.
  virtual void read_states(ticket which, const std::string& pattern, const std::string& after_room, const std::string& after_key,
                           storage::page_limit limit) = 0;
  // broadcaster_state::on_all_told() when everything that is in a store now has been told.
  virtual void ask_when_told() = 0;

  // For a room with an audience. Never the same twice, whatever becomes of the broadcaster; not 0.
  virtual std::uint64_t next_channel() = 0;
  // Somebody is subscribed, or no more.
  virtual void note_occupied(const std::string& room, bool occupied) = 0;  // by subscribers
  virtual void note_presence(const std::string& room, const client_info& who, bool left) = 0;

  // Of that room or pattern so many publications went out, in so many deliveries.
  virtual void note_told(const std::string& room, std::size_t publications, std::size_t deliveries) = 0;

  virtual std::chrono::steady_clock::time_point now() const noexcept = 0;
  // The broadcaster's tick() is due then. An extra tick does no harm.
  virtual void wake_at(std::chrono::steady_clock::time_point when) = 0;
};

}  // namespace tidewire
