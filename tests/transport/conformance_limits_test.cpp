// Family 9 of the conformance suite: large messages, in few and in many frames, and many round trips, on the echo endpoint.
#include "tests/support/catch.hpp"
#include "tests/transport/raw_client.hpp"
#include "tests/transport/test_server.hpp"

namespace tidewire::test {
namespace {

constexpr unsigned fin = 0x80, continuation = 0x0, text = 0x1, binary = 0x2;
constexpr std::size_t kib = 1'024, mib = 1'024 * kib;

std::string in_frames(unsigned opcode, std::string_view payload, std::size_t frame_bytes) {
  std::string sent;
  for (std::size_t at = 0; at < payload.size(); at += frame_bytes) {
    const unsigned last = at + frame_bytes >= payload.size() ? fin : 0U;
    sent += client_frame(last | (at == 0 ? opcode : continuation), payload.substr(at, frame_bytes));
  }
  return sent;
}

// Sends while it reads nothing: the server keeps what it has to say.
void check_echo(raw_client& client, unsigned opcode, std::string_view payload, std::string_view sent, std::size_t piece = 0) {
  client.send(sent, piece);
  const auto got = read_frame(client);
  REQUIRE(got);
  CHECK(got->opcode == opcode);
  REQUIRE((got->payload == payload));
}

}  // namespace

TEST_CASE("Family 9: messages of 64 KiB to 16 MiB come back, whole and in fragments") {
  test_server world(echo_settings());
  raw_client client(world.port());
  open_websocket(client, "/test/echo");
  for (const unsigned opcode : {text, binary}) {
    const char letter = opcode == text ? '*' : '\xfe';
    for (const std::size_t size : {64 * kib, 256 * kib, 1 * mib, 4 * mib, 8 * mib, 16 * mib}) {
      const std::string payload(size, letter);
      check_echo(client, opcode, payload, client_frame(fin | opcode, payload));
    }
    const std::string payload(4 * mib, letter);
    for (const std::size_t frame_bytes : {64U, 256U, 1'024U, 4'096U, 16'384U, 65'536U, 262'144U, 1'048'576U, 4'194'304U})
      check_echo(client, opcode, payload, in_frames(opcode, payload, frame_bytes));
  }
}

TEST_CASE("Family 9: a message in small segments comes back, and so do a thousand round trips") {
  test_server world(echo_settings());
  raw_client client(world.port());
  open_websocket(client, "/test/echo");
  for (const unsigned opcode : {text, binary}) {
    const std::string payload(1 * mib, '*');
    for (const std::size_t piece : {64U, 128U, 256U, 512U, 1'024U, 2'048U})
      check_echo(client, opcode, payload, client_frame(fin | opcode, payload), piece);
    for (const std::size_t size : {0U, 16U, 64U, 256U, 1'024U, 4'096U, 16'384U}) {
      const std::string small(size, '*');
      const auto sent = client_frame(fin | opcode, small);
      for (int i = 0; i < 1'000; ++i) check_echo(client, opcode, small, sent);
    }
  }
}

}  // namespace tidewire::test
