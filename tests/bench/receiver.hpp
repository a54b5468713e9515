// A client without a socket: what a server sends goes through frames, the stream of deliveries and the dialect, in pieces of any size.
#pragma once

#include <cstring>
#include <string>
#include <vector>

#include "bench/load/dialects/dialect.hpp"
#include "bench/load/parts/delivery_stream.hpp"
#include "bench/load/parts/websocket.hpp"

namespace tidewire::load::test {

// Keeps what a dialect says.
struct spoken final : session {
  explicit spoken(role as, unsigned room = 0) : session(as, room) {}
  void send(std::string_view message) override { sent.emplace_back(message); }
  std::vector<std::string> sent;
};

class receiver {
 public:
  receiver(const dialect& speech, session& who, std::size_t payload_bytes) : speech_(speech), who_(who) {
    if (speech.is_stream()) stream_.never_ends(payload_bytes - marker_bytes + speech.bytes_behind_payload());
  }

  void expect_deliveries() { stream_.expect_deliveries(); }

  void take(std::string_view bytes) {
    // Nothing is in front of the bytes but the room that the stream asks for.
    std::string memory(stream_.kept(), '#');
    memory += bytes;
    auto* const at = memory.data() + stream_.kept();
    if (speech_.carried_by() == dialect::transport::bytes) {
      piece(at, bytes.size(), false);
    } else {
      frames_.feed(at, at + bytes.size(), *this);
    }
  }

  void take_in_pieces(std::string_view bytes, std::size_t piece_bytes) {
    for (; bytes.size() > piece_bytes; bytes.remove_prefix(piece_bytes)) take(bytes.substr(0, piece_bytes));
    take(bytes);
  }

  void piece(char* at, std::size_t size, bool last) { stream_.feed(at, size, last, *this); }
  void control(opcode kind, std::string_view payload) { controls.emplace_back(kind, payload); }
  void delivered(const marker& what) { sequences.push_back(what.sequence); }
  std::size_t other(std::string_view text, bool after) {
    ++looks;
    return speech_.hear(who_, text, after);
  }

  std::vector<std::uint64_t> sequences;
  std::size_t looks = 0;  // at what is no delivery
  std::vector<std::pair<opcode, std::string>> controls;
  std::string_view complaint() const { return frames_.complaint(); }

 private:
  const dialect& speech_;
  session& who_;
  frame_splitter frames_;
  delivery_stream stream_;
};

inline std::string payload_of(std::uint64_t sequence, std::size_t bytes, unsigned room = 0) {
  auto payload = make_payload(bytes);
  stamp(payload.data(), {0, room, sequence});
  return payload;
}

// A frame as a server sends it.
inline std::string server_frame(std::string_view payload, opcode kind = opcode::text, bool final = true) {
  std::string out(1, static_cast<char>((final ? 0x80 : 0) | static_cast<int>(kind)));
  const auto size = payload.size();
  if (size < 126) {
    out += static_cast<char>(size);
  } else {
    const int bytes = size < 65536 ? 2 : 8;
    out += static_cast<char>(bytes == 2 ? 126 : 127);
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out += static_cast<char>(size >> shift);
  }
  return out.append(payload);
}

inline std::vector<std::uint64_t> first(std::uint64_t count) {
  std::vector<std::uint64_t> all;
  for (std::uint64_t i = 0; i < count; ++i) all.push_back(i);
  return all;
}

}  // namespace tidewire::load::test
