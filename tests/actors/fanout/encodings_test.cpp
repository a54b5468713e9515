// One run for peers of every kind: each kind has frames of its own, made once and shared by all its peers.
#include <sstream>

#include "schemas/deflate.hpp"
#include "schemas/protocol/msgpack_value.hpp"
#include "tests/actors/fanout/stage.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::test;

namespace {

// The payload of a message below 64 KiB.
std::string payload_of(const frame& message) { return message.bytes.substr(static_cast<unsigned char>(message.bytes[1]) < 126 ? 2 : 4); }

std::string chunk(const std::string& body) {
  std::ostringstream size;
  size << std::hex << body.size();
  return size.str() + "\r\n" + body + "\r\n";
}

}  // namespace

TEST_CASE("peers of one kind share a frame, and all kinds carry the same message") {
  stage s;
  std::vector<listener> peers;
  for (const auto form : {framing::websocket, framing::deflated_websocket, framing::lines, framing::events})
    for (int i = 0; i < 2; ++i) peers.push_back(s.connect(0, form));
  for (const auto& each : peers) s.attach(each, "room");
  s.settle();
  const auto before = s.state.statistics().frames;
  s.tell("room", {keyless(1, stage::compressed_from), keyless(2)});
  s.settle();
  CHECK(s.state.statistics().frames == before + 4);

  const auto last = [&](std::size_t peer) { return peers[peer].out->written.back(); };
  for (std::size_t first = 0; first < peers.size(); first += 2) CHECK(last(first) == last(first + 1));
  const auto message = payload_of(*last(0));
  const auto line_break = message.find('\n');
  REQUIRE(line_break != std::string::npos);  // two pushes

  CHECK((last(2)->bytes[0] == '\xc1'));
  CHECK(last(2)->bytes.size() < message.size() / 2);
  inflater inflate;
  std::string inflated;
  REQUIRE(inflate.read_message(payload_of(*last(2)), message.size(), inflated) == inflater::outcome::done);
  CHECK(inflated == message);
  CHECK(last(4)->bytes == chunk(message + '\n'));
  CHECK(last(6)->bytes == chunk("data: " + message.substr(0, line_break) + "\n\ndata: " + message.substr(line_break + 1) + "\n\n"));
}

TEST_CASE("peers that speak MessagePack share a binary frame of their own, compressed or not") {
  stage s;
  std::vector<listener> peers;
  for (const auto form : {framing::websocket, framing::deflated_websocket})
    for (int i = 0; i < 2; ++i) peers.push_back(s.connect(0, form, protocol::dialect::msgpack));
  peers.push_back(s.connect());
  for (const auto& each : peers) s.attach(each, "room");
  s.settle();
  for (const auto& each : {peers[0], peers[2]}) CHECK((each.out->written.back()->bytes[0] == '\x82'));  // replies, each for itself
  const auto before = s.state.statistics().frames;
  s.tell("room", {keyless(1, stage::compressed_from), keyless(2)});
  s.settle();
  CHECK(s.state.statistics().frames == before + 3);

  const auto last = [&](std::size_t peer) { return peers[peer].out->written.back(); };
  CHECK((last(0) == last(1) && last(2) == last(3)));
  CHECK((last(0)->bytes[0] == '\x82'));
  CHECK((last(2)->bytes[0] == '\xc2'));
  inflater inflate;
  std::string inflated;
  const auto message = payload_of(*last(0));
  REQUIRE(inflate.read_message(payload_of(*last(2)), message.size(), inflated) == inflater::outcome::done);
  CHECK((inflated == message));
  std::string json;
  for (std::string_view rest = message; !rest.empty();) {
    const auto used = protocol::append_json_of_msgpack(json, rest, 64);
    REQUIRE(used);
    rest.remove_prefix(*used);
    if (!rest.empty()) json += '\n';
  }
  CHECK(json == payload_of(*last(4)));
}

TEST_CASE("a storm of subscribers who take compressed messages: the state in their replies is compressed once for each dialect") {
  stage s;
  std::vector<entity_ptr> rows;
  for (int i = 0; i < 100; ++i)
    rows.push_back(std::make_shared<const entity_document>(entity_document{"lamp-" + std::to_string(i), 1, 0, R"({"state":"on"})", {}}));
  const protocol::state_rows state(std::move(rows));
  inflater inflate;
  std::uint64_t once = 0;
  for (const auto dialect : {protocol::dialect::json, protocol::dialect::msgpack}) {
    for (std::uint32_t id = 1; id <= 50; ++id) {
      const auto who = s.connect(0, framing::deflated_websocket, dialect);
      tidewire::attach wanted;
      wanted.room = "room";
      wanted.who = who.who;
      wanted.command_id = id;
      wanted.through = wanted.result.through = plain_view(subscription_type::map);
      wanted.result.type = subscription_type::map;
      wanted.result.state = state;
      wanted.reply = std::make_shared<kept_reply<subscribe_step>>();
      s.state.handle(wanted);
      s.settle();
      std::string expected, read;
      protocol::encode_reply(dialect, id, wanted.result, expected);
      REQUIRE(inflate.read_message(payload_of(*who.out->written.back()), expected.size(), read) == inflater::outcome::done);
      CHECK((read == expected));
      CHECK(who.out->written.back()->bytes.size() < expected.size() / 3);
    }
    if (once == 0) once = s.deflated;
  }
  CHECK(state.text_bytes() < 3 * once);
  CHECK(s.deflated < 2 * once);
  CHECK(s.deflated > once);
}

TEST_CASE("short messages are not compressed, and neither is what would not get shorter") {
  stage s;
  const auto peer = s.connect(0, framing::deflated_websocket);
  s.attach(peer, "room");
  s.tell("room", {keyless(1)});
  s.settle();
  for (const auto& each : peer.out->written) CHECK((each->bytes[0] == '\x81'));
  CHECK(peer.offsets("room") == std::vector<std::uint64_t>{1});

  frame_maker frames({.enabled = true, .min_size = 10, .level = 9});
  std::string noise;
  for (int i = 0; i < 200; ++i) noise.push_back(static_cast<char>((i * 7'919) % 251));
  CHECK((frames.make(framing::deflated_websocket, frame_opcode::text, noise.substr(0, 20))->bytes[0] == '\x81'));
}
