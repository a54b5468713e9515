#include "bench/load/parts/delivery_stream.hpp"

#include "bench/load/dialects/dialects.hpp"
#include "tests/bench/receiver.hpp"
#include "tests/support/catch.hpp"

namespace tidewire::load {
namespace {

constexpr std::size_t payload_bytes = 60;

std::string push(std::uint64_t sequence) {
  return R"({"push":{"channel":"bench:0","pub":{"data":)" + test::payload_of(sequence, payload_bytes) + R"(,"offset":)" +
         std::to_string(sequence + 1) + "}}}";
}

struct centrifuge_client {
  std::unique_ptr<dialect> speech = make_centrifuge();
  test::spoken who{role::subscriber};
  test::receiver in{*speech, who, payload_bytes};
  centrifuge_client() { in.expect_deliveries(); }
};

TEST_CASE("deliveries are found however messages and reads cut them") {
  // Single messages, runs, a fragmented message; offsets grow by a digit; pings stand alone, at the start, in the middle and at the end.
  std::string wire = test::server_frame(push(0)) + test::server_frame(push(1) + '\n' + push(2));
  wire += test::server_frame("{}") + test::server_frame("{}\n" + push(3)) + test::server_frame(push(4) + "\n{}\n" + push(5) + "\n{}");
  wire += test::server_frame("", opcode::ping);
  const auto run = push(6) + '\n' + push(7) + '\n' + push(8) + '\n' + push(9) + '\n' + push(10) + '\n' + push(11);
  wire += test::server_frame(run);
  wire += test::server_frame(push(12).substr(0, 50), opcode::text, false) + test::server_frame("!", opcode::pong) +
          test::server_frame(push(12).substr(50), opcode::continuation);
  for (std::size_t piece = 1; piece <= wire.size(); ++piece) {
    centrifuge_client client;
    client.in.take_in_pieces(wire, piece);
    INFO("pieces of " << piece);
    REQUIRE(client.in.sequences == test::first(13));
    REQUIRE(client.who.sent == std::vector<std::string>(4, "{}"));
    REQUIRE(client.in.controls.size() == 2);
    REQUIRE(client.who.trouble.empty());
  }
}

TEST_CASE("what a server says between deliveries is not overlooked") {
  const std::string unsubscribed = R"({"push":{"channel":"bench:0","unsubscribe":{"code":2500,"reason":"insufficient state"}}})";
  centrifuge_client client;
  client.in.take(test::server_frame(push(0)));
  client.in.take(test::server_frame(push(1) + '\n' + unsubscribed));
  CHECK(client.in.sequences == test::first(2));
  CHECK(client.who.trouble == unsubscribed);
}

TEST_CASE("between deliveries of the same shape nothing is searched or looked at") {
  centrifuge_client client;
  std::string run = push(10);
  for (std::uint64_t i = 11; i < 90; ++i) run += '\n' + push(i);
  for (int i = 0; i < 10; ++i) client.in.take(test::server_frame(run));
  CHECK(client.in.sequences.size() == 800);
  CHECK(client.in.looks == 3);  // the first time: before the first, between two, behind the last
}

TEST_CASE("before deliveries are expected, whole messages are shown") {
  const auto speech = make_centrifuge();
  test::spoken who(role::subscriber);
  test::receiver in(*speech, who, payload_bytes);
  const position from{"e1", 7};
  who.resume_from = &from;
  const std::string reply = R"({"id":2,"subscribe":{"epoch":"e1","offset":7,"recovered":true,"publications":[{"data":)" +
                            test::payload_of(7, payload_bytes) + "}]}}";
  in.take_in_pieces(test::server_frame(reply), 10);
  CHECK(in.sequences.empty());
  CHECK(who.ready);
  CHECK(who.recovered == reply);
}

// A dialect whose messages end anywhere: everything in frames of every size, or in none.
void check_stream(const dialect& speech, std::string_view greeting, std::string_view wire, std::uint64_t deliveries) {
  for (std::size_t frame = 1; frame <= wire.size(); frame += frame < 8 ? 1 : 13) {
    test::spoken who(role::subscriber);
    test::receiver in(speech, who, payload_bytes);
    const auto send = [&](std::string_view bytes) {
      in.take(speech.carried_by() == dialect::transport::bytes ? std::string(bytes) : test::server_frame(bytes, opcode::binary));
    };
    send(greeting);
    REQUIRE(who.ready);
    in.expect_deliveries();
    for (std::size_t at = 0; at < wire.size(); at += frame) send(wire.substr(at, frame));
    INFO("frames of " << frame);
    REQUIRE(in.sequences == test::first(deliveries));
    REQUIRE(who.trouble.empty());
  }
}

TEST_CASE("RESP deliveries are found however reads cut them") {
  std::string wire;
  for (std::uint64_t i = 0; i < 5; ++i)
    wire += "*3\r\n$7\r\nmessage\r\n$7\r\nbench:0\r\n$60\r\n" + test::payload_of(i, payload_bytes) + "\r\n";
  check_stream(*make_resp(), "*3\r\n$9\r\nsubscribe\r\n$7\r\nbench:0\r\n:1\r\n", wire, 5);
}

TEST_CASE("NATS deliveries are found however frames cut them, and PING is answered once") {
  std::string wire;
  for (std::uint64_t i = 0; i < 5; ++i) {
    wire += "MSG bench.0 1 60\r\n" + test::payload_of(i, payload_bytes) + "\r\n";
    if (i == 2) wire += "PING\r\n";
  }
  const auto speech = make_nats();
  check_stream(*speech, "INFO {}\r\nPONG\r\n", wire, 5);

  test::spoken who(role::subscriber);
  test::receiver in(*speech, who, payload_bytes);
  in.expect_deliveries();
  in.take(test::server_frame(wire, opcode::binary));
  CHECK(who.sent == std::vector<std::string>{"PONG\r\n"});
  in.take(test::server_frame("PING\r\n", opcode::binary));
  CHECK(who.sent.size() == 2);
}

TEST_CASE("MQTT deliveries are found however frames cut them") {
  std::string wire;
  for (std::uint64_t i = 0; i < 5; ++i) {
    const std::string rest = std::string("\0\7bench/0", 9) + test::payload_of(i, payload_bytes);
    wire += '\x30';
    wire += static_cast<char>(rest.size());
    wire += rest;
    if (i == 2) wire += std::string("\xD0\0", 2);  // PINGRESP
  }
  check_stream(*make_mqtt(payload_bytes), std::string("\x20\2\0\0\x90\3\0\1\0", 9), wire, 5);
}

}  // namespace
}  // namespace tidewire::load
