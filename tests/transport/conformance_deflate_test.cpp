// Families 12 and 13 of the conformance suite: permessage-deflate on the echo endpoint, with payloads of five kinds, in frames of many
// sizes, under seven ways to offer it.
#include <array>
#include <random>

#include "tests/support/catch.hpp"
#include "tests/transport/client_deflate.hpp"
#include "tests/transport/raw_client.hpp"
#include "tests/transport/test_server.hpp"

namespace tidewire::test {
namespace {

constexpr unsigned fin = 0x80, rsv1 = 0x40, continuation = 0x0, text = 0x1, binary = 0x2, close = 0x8, ping = 0x9;
constexpr unsigned seed = 7'692;

enum class kind : unsigned char { one_letter, digits, prose, json, noise };
constexpr std::array kinds{kind::one_letter, kind::digits, kind::prose, kind::json, kind::noise};

std::string make_payload(kind of, std::size_t size, std::minstd_rand& random) {
  static constexpr std::array words{
      "tide ", "wire ", "room ", "entity ", "offset ", "epoch ", "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5 "};
  std::string made;
  while (made.size() < size) {
    switch (of) {
      case kind::one_letter: made += '*'; break;
      case kind::digits: made += static_cast<char>('0' + random() % 10); break;
      case kind::prose: made += words[random() % words.size()]; break;
      case kind::json: made += R"({"key":"k)" + std::to_string(random() % 100) + R"(","state":"ok"},)"; break;
      case kind::noise: made += static_cast<char>(random() >> 8); break;
    }
  }
  while (made.size() > size || (!made.empty() && of == kind::prose && (static_cast<unsigned char>(made.back()) & 0x80U) != 0))
    made.pop_back();
  return made;
}

// The compressed message in frames of at most that many bytes; 0: in one.
std::string message_frames(unsigned opcode, std::string_view compressed, std::size_t frame_bytes) {
  std::string sent;
  const auto step = frame_bytes == 0 ? compressed.size() : frame_bytes;
  for (std::size_t at = 0; at < compressed.size(); at += step) {
    const unsigned last = at + step >= compressed.size() ? fin : 0U;
    sent += client_frame(last | (at == 0 ? rsv1 | opcode : continuation), compressed.substr(at, step));
  }
  return sent;
}

struct deflate_client {
  explicit deflate_client(std::uint16_t port, std::string_view offers = "permessage-deflate", int window_bits = 15)
      : wire(port), inflater(window_bits) {
    agreed = open_websocket(wire, "/test/echo", "Sec-WebSocket-Extensions: " + std::string(offers) + "\r\n");
  }
  std::string echoed() {
    const auto got = read_frame(wire);
    REQUIRE(got);
    REQUIRE((got->opcode == text || got->opcode == binary));
    return got->compressed ? inflater.read(got->payload) : got->payload;
  }
  // The code that the server closes with.
  unsigned closed() {
    const auto got = read_frame(wire);
    REQUIRE(got);
    REQUIRE(got->opcode == close);
    return static_cast<unsigned>(static_cast<unsigned char>(got->payload[0])) << 8 | static_cast<unsigned char>(got->payload[1]);
  }

  raw_client wire;
  message_inflater inflater;
  std::string agreed;
};

void echo_everything(deflate_client& client, bool compressed, int messages_of_each, std::minstd_rand& random) {
  for (const auto of : kinds) {
    for (const std::size_t size : {16U, 64U, 256U, 1'024U, 4'096U, 8'192U, 16'384U, 32'768U, 65'536U, 131'072U}) {
      for (const std::size_t frame_bytes : {0U, 256U, 1'024U, 4'096U, 32'768U}) {
        if (frame_bytes > size) continue;
        for (int i = 0; i < messages_of_each; ++i) {
          const auto payload = make_payload(of, size, random);
          const unsigned opcode = of == kind::noise ? binary : text;
          client.wire.send(compressed ? message_frames(opcode, deflate_message(payload), frame_bytes)
                                      : client_frame(fin | opcode, payload));
          REQUIRE((client.echoed() == payload));
        }
      }
    }
  }
}

}  // namespace

TEST_CASE("Family 12: compressed messages of every kind and size come back") {
  test_server world(echo_settings());
  std::minstd_rand random(seed);
  deflate_client client(world.port());
  REQUIRE_FALSE(client.agreed.empty());
  echo_everything(client, true, 2, random);
  for (int i = 0; i < 1'000; ++i) {  // many small ones, all on their way together
    client.wire.send(message_frames(text, deflate_message(make_payload(kind::json, 200, random)), 0));
  }
  random.seed(seed + 1);
  for (int i = 0; i < 1'000; ++i) REQUIRE(client.echoed().size() == 200);
}

TEST_CASE("Family 13: every way to offer compression is honoured or declined") {
  struct variant {
    const char* offers;
    int window_bits;
    bool taken;
  };
  static constexpr std::array variants{
      variant{"permessage-deflate; client_max_window_bits", 15, true},
      variant{"permessage-deflate; client_max_window_bits; server_no_context_takeover", 15, true},
      variant{"permessage-deflate; client_max_window_bits; server_max_window_bits=9", 9, false},
      variant{"permessage-deflate; client_max_window_bits; server_max_window_bits=15", 15, true},
      variant{"permessage-deflate; client_max_window_bits; server_no_context_takeover; server_max_window_bits=9", 9, false},
      variant{"permessage-deflate; client_max_window_bits; server_no_context_takeover; server_max_window_bits=15", 15, true},
      variant{"permessage-deflate; server_no_context_takeover; server_max_window_bits=9, "
              "permessage-deflate; server_no_context_takeover, permessage-deflate",
              15, true}};
  test_server world(echo_settings());
  std::minstd_rand random(seed);
  for (const auto& each : variants) {
    INFO(each.offers);
    deflate_client client(world.port(), each.offers, each.window_bits);
    CHECK(client.agreed.empty() != each.taken);
    echo_everything(client, each.taken, 1, random);
  }
}

TEST_CASE("Plain, empty and control frames mix with compressed messages") {
  test_server world(echo_settings());
  deflate_client client(world.port());
  const auto hello = deflate_message("Hello");
  client.wire.send(client_frame(fin | text, "plain") + client_frame(fin | rsv1 | text, std::string(1, '\0')) +
                   client_frame(fin | rsv1 | text, "") + client_frame(fin | rsv1 | text, deflate_message("last", true)) +
                   client_frame(rsv1 | text, hello.substr(0, 3)) + client_frame(fin | ping, "now") +
                   client_frame(fin | continuation, hello.substr(3)));
  for (const auto* expected : {"plain", "", "", "last"}) CHECK(client.echoed() == expected);
  const auto pong = read_frame(client.wire);
  REQUIRE(pong);
  CHECK(pong->opcode == 0xA);
  CHECK_FALSE(pong->compressed);
  CHECK(client.echoed() == "Hello");
}

TEST_CASE("An empty message is compressed to one zero byte") {
  test_server world(echo_settings());
  deflate_client client(world.port());
  client.wire.send(client_frame(fin | text, ""));
  const auto got = read_frame(client.wire);
  REQUIRE(got);
  CHECK(got->compressed);
  CHECK((got->payload == std::string(1, '\0')));
}

TEST_CASE("What breaks the rules of compression closes the connection") {
  test_server world(echo_settings());
  const auto closes_with = [&](std::string_view sent, bool compression = true) {
    deflate_client client(world.port(), compression ? "permessage-deflate" : "unknown");
    client.wire.send(sent);
    return client.closed();
  };
  const auto hello = deflate_message("Hello");
  CHECK(closes_with(client_frame(fin | rsv1 | text, hello), false) == 1002);
  CHECK(closes_with(client_frame(rsv1 | text, hello) + client_frame(fin | rsv1 | continuation, "x")) == 1002);
  CHECK(closes_with(client_frame(fin | rsv1 | ping, "")) == 1002);
  CHECK(closes_with(client_frame(fin | rsv1 | 0x20 | text, hello)) == 1002);
  CHECK(closes_with(client_frame(fin | rsv1 | text, "\x07garbage")) == 1007);
  CHECK(closes_with(client_frame(fin | rsv1 | text, hello.substr(0, hello.size() - 3))) == 1007);
  CHECK(closes_with(client_frame(fin | rsv1 | text, deflate_message("\xc0\x80"))) == 1007);
}

TEST_CASE("A small message that stands for a large one is refused at the limit") {
  auto settings = transport::server_settings();
  settings.websocket_compression = true;
  settings.limit.message_bytes_max = 65'536;
  test_server world(settings);
  note_websockets(world.app, world.notes);
  const auto answer = [&](std::size_t size) {
    raw_client client(world.port());
    CHECK_FALSE(open_websocket(client, "/ws", "Sec-WebSocket-Extensions: permessage-deflate\r\n").empty());
    client.send(client_frame(fin | rsv1 | text, deflate_message(std::string(size, 'a'))));
    if (size <= settings.limit.message_bytes_max) {
      CHECK(world.notes.messages.wait(1)[0].size() == size);
      return std::string();
    }
    const auto got = read_frame(client);
    return got ? got->payload : std::string("hung up");
  };
  CHECK(answer(65'536).empty());
  CHECK((answer(65'537) == close_payload(1009)));
  CHECK((answer(50'000'000) == close_payload(1009)));
}

}  // namespace tidewire::test
