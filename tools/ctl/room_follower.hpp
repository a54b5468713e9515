// Where a reader of a room's stream of events stands, over any number of connections: what is new to it, what it missed, and from where the
// next connection goes on. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "schemas/protocol/event_stream_reader.hpp"

namespace tidewire::ctl {

struct follow_note {
  enum class kind : std::uint8_t {
    publication,  // `text` is its row
    live,         // all up to `offset` has been told
    reset,        // what came between was not kept: the stream goes on with what comes now
    gap,          // offsets from `first` to `offset` were not told: the server broke its promise
    again,        // close the connection, and come back with last_event_id(): something came before this connection that was not told
  };
  kind what = kind::publication;
  std::string text{};
  std::string epoch{};
  std::uint64_t offset = 0;
  std::uint64_t first = 0;
};

class room_follower {
 public:
  // `dense`: every offset is told, for no fields are chosen.
  explicit room_follower(bool dense) : dense_(dense) {}
  // Begins after that offset.
  room_follower(bool dense, std::string epoch, std::uint64_t offset) : dense_(dense), place_({std::move(epoch), offset}) {}

  // What an event of a stream with type=stream says.
  std::vector<follow_note> take(const protocol::server_event& event);

  // For the next connection; empty: it begins with what comes.
  std::string last_event_id() const;

 private:
  struct place {
    std::string epoch;  // empty: the room had none yet
    std::uint64_t offset = 0;
  };

  void take_publication(const protocol::server_event& event, std::vector<follow_note>& notes);
  void take_live(const protocol::server_event& event, std::vector<follow_note>& notes);

  const bool dense_;
  std::optional<place> place_;
  bool reset_ = false;  // and it is not live again yet
};

}  // namespace tidewire::ctl
