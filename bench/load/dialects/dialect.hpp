// How to talk to one kind of peer: what is sent to connect, subscribe and publish, and what is said besides deliveries. One file for each.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire::load {

enum class role { subscriber, publisher, bystander };

// Where a subscriber stands in its room, as far as the dialect has such a thing.
struct position {
  std::string epoch;
  std::uint64_t offset = 0;
};

struct publication {
  unsigned room = 0;
  std::string_view payload;
  std::string_view key = {};  // of the entity it is the new state of; empty: of none. Only Tidewire has entities
};

// What a dialect knows of one connection.
class session {
 public:
  session(role as, unsigned room) : kind(as), home(room) {}
  virtual ~session() = default;
  // A whole message of the dialect, in whatever frame the transport needs.
  virtual void send(std::string_view message) = 0;

  // The server took a publication: which of this connection's, from 0, and where it stands in its room, if that is said (else 0).
  virtual void taken(std::uint64_t /*nth*/, std::uint64_t /*place*/) { ++acknowledged; }

  const role kind;
  const unsigned home;  // the room of a subscriber, and of a publisher if it has one
  bool ready = false;   // connected, and subscribed if it is a subscriber
  std::uint32_t last_id = 0;
  std::uint64_t acknowledged = 0;  // publications that the server said it took
  std::string trouble;             // why the connection is of no use any more
  // Only for those who resume: `resume_from` is asked for, `found` and `recovered` are told.
  const position* resume_from = nullptr;
  position found;
  bool watches_state = false;  // of a subscriber: it asks for the room's entities, and is told of their changes; only Tidewire has them
  std::string recovered;       // the text that holds what was missed, or the state
};

class dialect {
 public:
  enum class transport { bytes, text_messages, binary_messages };  // plain TCP, or WebSocket

  virtual ~dialect() = default;
  virtual transport carried_by() const = 0;
  // Messages of the dialect may begin and end anywhere in what the transport carries. Then this many bytes follow a payload.
  virtual bool is_stream() const { return carried_by() == transport::bytes; }
  virtual std::size_t bytes_behind_payload() const { return 0; }
  virtual std::string path(const session&) const { return "/"; }
  virtual std::string_view subprotocol() const { return {}; }
  virtual bool acknowledges() const { return false; }  // each publication
  virtual bool recovers() const { return false; }      // what a subscriber missed

  // A publisher's connection is for one room, its home.
  virtual bool publishes_at_home() const { return false; }

  // What stands between publications that travel in one message; nothing when each needs a message of its own.
  virtual const char* separator() const { return nullptr; }

  // The transport is there.
  virtual void begin(session& with) const = 0;
  // Everything that is no delivery. `after`: the text begins in the middle of a delivery, right behind its marker. Returns how much was
  // dealt with; that matters for streams only, where a command may have come in part.
  virtual std::size_t hear(session& from, std::string_view text, bool after) const = 0;
  virtual void append_publish(std::string& out, session& by, const publication& what) const = 0;
};

// Of the peers that --peer names; the payload's size is fixed. Null when there is no such kind.
inline constexpr const char* peers = "tidewire, centrifugo, nats, mosquitto, redis, ws, socketio";
std::unique_ptr<dialect> make_dialect(std::string_view kind, std::size_t payload_bytes);

// entity-0, entity-1, …
std::vector<std::string> entity_names(unsigned count);
// bench:7
std::string room_name(unsigned room, char separator = ':');

}  // namespace tidewire::load
