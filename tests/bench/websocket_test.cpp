#include "bench/load/parts/websocket.hpp"

#include "bench/load/dialects/dialects.hpp"
#include "tests/bench/receiver.hpp"
#include "tests/support/catch.hpp"

namespace tidewire::load {
namespace {

constexpr std::uint32_t rfc_key = 0x3D21FA37;  // 37 FA 21 3D on the wire

TEST_CASE("a client's frame is that of RFC 6455, 5.7") {
  std::string out = "before";
  append_client_frame(out, opcode::text, "Hello", rfc_key);
  CHECK(out == "before" + std::string("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"));
}

TEST_CASE("a client's frames of all sizes are unmasked to what was sent") {
  for (const auto size : std::vector<std::size_t>{0, 1, 7, 8, 9, 125, 126, 65535, 65536}) {
    std::string payload;
    for (std::size_t i = 0; i < size; ++i) payload += static_cast<char>(i * 31);
    std::string out;
    append_client_frame(out, opcode::binary, payload, rfc_key);
    const std::size_t head = size < 126 ? 2 : size < 65536 ? 4 : 10;
    REQUIRE(out.size() == head + 4 + size);
    CHECK(static_cast<unsigned char>(out[0]) == 0x82);
    CHECK(static_cast<unsigned char>(out[1]) == (0x80 | (head == 2 ? size : head == 4 ? 126 : 127)));
    const auto key = out.substr(head, 4);
    auto text = out.substr(head + 4);
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(text[i] ^ key[i % 4]);
    CHECK(text == payload);
  }
}

TEST_CASE("frames that a server may not send are refused") {
  struct nothing {
    void piece(char*, std::size_t, bool) {}
    void control(opcode, std::string_view) {}
  } sink;
  for (std::string bytes : {std::string("\xC1\1x"), std::string("\x81\x81\1\2\3\4x"), std::string("\x89\x7E\0\x7E", 4)}) {
    frame_splitter frames;
    CHECK_FALSE(frames.feed(bytes.data(), bytes.data() + bytes.size(), sink));
    CHECK_FALSE(frames.complaint().empty());
  }
}

TEST_CASE("an upgrade names the path, and the protocol when there is one") {
  const auto with = upgrade_request("127.0.0.1:80", "/mqtt", "mqtt");
  CHECK(with.substr(0, 44) == "GET /mqtt HTTP/1.1\r\nHost: 127.0.0.1:80\r\nUpgr");
  CHECK(with.find("\r\nSec-WebSocket-Protocol: mqtt\r\n") != std::string::npos);
  CHECK(with.substr(with.size() - 4) == "\r\n\r\n");
  CHECK(upgrade_request("h", "/", "").find("Protocol") == std::string::npos);
}

}  // namespace
}  // namespace tidewire::load
