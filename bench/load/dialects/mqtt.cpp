// MQTT 3.1.1, QoS 0, in WebSocket frames, which need not end where its packets end.
//   packet     kind and flags (1 byte), remaining length (1 to 4 bytes of 7 bits, least first), the rest
//   delivery   0x30, remaining length, length of topic (2 bytes), topic, payload
#include <optional>

#include "bench/load/dialects/dialects.hpp"
#include "bench/load/parts/marker.hpp"

namespace tidewire::load {
namespace {

enum kind : unsigned char { connect = 0x10, connack = 0x20, publish = 0x30, subscribe = 0x82, suback = 0x90 };

std::string topic(unsigned room) { return room_name(room, '/'); }

void append_text(std::string& out, std::string_view text) {
  out += static_cast<char>(text.size() >> 8);
  out += static_cast<char>(text.size());
  out += text;
}

void append_head(std::string& out, kind of, std::size_t remaining) {
  out += static_cast<char>(of);
  for (; remaining >= 0x80; remaining >>= 7) out += static_cast<char>(0x80 | (remaining & 0x7F));
  out += static_cast<char>(remaining);
}

void append_packet(std::string& out, kind of, std::string_view rest) {
  append_head(out, of, rest.size());
  out += rest;
}

struct packet {
  unsigned char head = 0;
  std::string_view rest;
  std::size_t size = 0;
};

// The packet that the text begins with; none when it came in part.
std::optional<packet> read_packet(std::string_view text) {
  std::size_t remaining = 0;
  for (std::size_t at = 1; at < text.size() && at <= 4; ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    remaining |= static_cast<std::size_t>(byte & 0x7F) << (7 * (at - 1));
    if ((byte & 0x80) != 0) continue;
    if (at + 1 + remaining > text.size()) return std::nullopt;
    return packet{static_cast<unsigned char>(text[0]), text.substr(at + 1, remaining), at + 1 + remaining};
  }
  return std::nullopt;
}

class mqtt final : public dialect {
 public:
  explicit mqtt(std::size_t payload_bytes) : behind_marker_(payload_bytes - marker_bytes) {}

  transport carried_by() const override { return transport::binary_messages; }
  bool is_stream() const override { return true; }
  std::string path(const session&) const override { return "/mqtt"; }
  std::string_view subprotocol() const override { return "mqtt"; }
  // Packets could share a frame, but usual clients don't, and Mosquitto 2.0 takes 100 ms for what goes beyond 4 KiB of a frame.

  void begin(session& with) const override {
    // Protocol level 4, clean session, no keep-alive, the server chooses the client's name.
    using namespace std::string_view_literals;
    std::string packets;
    append_packet(packets, kind::connect, "\0\4MQTT\4\2\0\0\0\0"sv);
    if (with.kind == role::subscriber) {
      std::string rest{'\0', '\1'};  // packet identifier
      append_text(rest, topic(with.home));
      rest += '\0';  // QoS
      append_packet(packets, kind::subscribe, rest);
    }
    with.send(packets);
  }

  std::size_t hear(session& from, std::string_view text, bool after) const override {
    std::size_t done = after ? behind_marker_ : 0;
    if (done > text.size()) return 0;
    while (const auto next = read_packet(text.substr(done))) {
      hear_packet(from, *next);
      done += next->size;
    }
    return done;
  }

  void append_publish(std::string& out, session&, const publication& what) const override {
    const auto to = topic(what.room);
    append_head(out, kind::publish, 2 + to.size() + what.payload.size());
    append_text(out, to);
    out += what.payload;
  }

 private:
  static void hear_packet(session& from, const packet& what) {
    if (what.head == kind::connack && what.rest.size() == 2) {
      if (what.rest[1] != 0) from.trouble = "the server refuses the connection with code " + std::to_string(what.rest[1]);
      from.ready = from.kind != role::subscriber;
    } else if (what.head == kind::suback && what.rest.size() == 3) {
      if (what.rest[2] != 0) from.trouble = "the server refuses the subscription";
      from.ready = true;
    }
  }

  const std::size_t behind_marker_;
};

}  // namespace

std::unique_ptr<dialect> make_mqtt(std::size_t payload_bytes) { return std::make_unique<mqtt>(payload_bytes); }

}  // namespace tidewire::load
