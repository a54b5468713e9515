// What a room asks of the world around it. The actor (room.cpp) turns each call into mail; tests record them. Answers come back to
// room_state by ticket.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/messages.hpp"

namespace tidewire {

class room_port {
 public:
  virtual ~room_port() = default;

  // Time and chance.
  virtual std::int64_t now_ms() const = 0;     // Unix time, for what is stored and told
  virtual std::int64_t steady_ms() const = 0;  // never jumps, for durations
  virtual std::string new_epoch() = 0;
  virtual generation next_generation() = 0;       // greater than every earlier one
  virtual void tick_after(std::uint32_t ms) = 0;  // room_state::tick() no later than that

  // room_state::flush(), behind the mail that is there already; perhaps at once, inside this call.
  virtual void flush_soon() = 0;

  // Memory is short: rooms are to let go of what has not been used longest (room_state::ease()).
  virtual void ask_for_relief() = 0;

  // Entities, by key.
  virtual void start_entity(const std::string& key, entity_ptr document) = 0;  // null: there is none yet
  virtual void apply(const std::string& key, ticket which, apply_change change) = 0;
  virtual void accept(const std::string& key, entity_ptr document) = 0;  // null: removed
  virtual void stop_entity(const std::string& key) = 0;
  virtual void stop_entities() = 0;

  // The quarantine: this request has killed its entity so often. It is answered there.
  virtual void set_aside(publish_request_ptr request, std::uint32_t tries, crash_report died_of) = 0;

  // The journal.
  virtual void open(ticket which, generation since) = 0;
  virtual void append(ticket which, generation of, storage::append changes) = 0;
  virtual void trim(std::uint64_t first) = 0;

  // A reader.
  virtual void load(ticket which, const std::string& key) = 0;
  virtual void find_dedupe(ticket which, const idempotency& once) = 0;
  virtual void read_state(ticket which, const std::string& after, storage::page_limit limit) = 0;
  virtual void read_stream(ticket which, std::uint64_t after, storage::page_limit limit) = 0;
  virtual void find_first_after(ticket which, std::int64_t time_ms) = 0;

  // The room's broadcaster.
  virtual void ask_told(ticket which) = 0;
  virtual void tell(std::vector<change> news) = 0;
  virtual void attach(tidewire::attach subscription) = 0;
  virtual void resume(tidewire::resume ready) = 0;
  virtual void reset_audience() = 0;
};

}  // namespace tidewire
