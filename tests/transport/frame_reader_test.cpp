#include "transport/frame_reader.hpp"

#include <algorithm>

#include "tests/support/catch.hpp"
#include "tests/transport/conformance_cases.hpp"

namespace tidewire::transport {
namespace {

// What an echoing endpoint would send for these bytes, when they arrive in pieces of that size.
std::vector<test::server_frame> echo(std::string bytes, std::size_t piece) {
  frame_reader reader(16'777'216);
  std::vector<test::server_frame> sent;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    std::span<char> input(bytes.data() + at, std::min(piece, bytes.size() - at));
    while (auto event = reader.next(input)) {
      switch (event->what) {
        case frame_event::kind::message: sent.push_back({static_cast<std::uint8_t>(event->text ? 1 : 2), event->payload}); break;
        case frame_event::kind::ping: sent.push_back({0xA, event->payload}); break;
        case frame_event::kind::pong: break;
        case frame_event::kind::close:
        case frame_event::kind::error:
          sent.push_back({0x8, event->code == no_close_code ? std::string() : test::close_payload(event->code)});
          break;
      }
    }
    CHECK(input.empty());
  }
  return sent;
}

}  // namespace

TEST_CASE("The frame reader knows every conformance case, however the bytes are cut") {
  for (const auto& each : test::conformance_cases()) {
    INFO("case " << each.name);
    for (const std::size_t piece : {1U, 2U, 7U, 4'096U, 1'000'000U}) {
      INFO("pieces of " << piece);
      REQUIRE((echo(each.sent, piece) == each.answered));
    }
  }
}

TEST_CASE("A message over the limit is refused by its header, and by the sum of its fragments") {
  frame_reader reader(100);
  auto whole = test::client_frame(0x82, std::string(100, 'x'));
  std::span<char> input(whole);
  REQUIRE(reader.next(input)->payload.size() == 100);

  SECTION("one frame: nothing of its payload is needed") {
    auto header = test::client_frame(0x82, std::string(101, 'x')).substr(0, 6);
    input = header;
    const auto event = reader.next(input);
    REQUIRE(event);
    CHECK(event->what == frame_event::kind::error);
    CHECK(event->code == 1009);
  }
  SECTION("fragments, and a control frame between them does not count") {
    auto parts = test::client_frame(0x02, std::string(60, 'x')) + test::client_frame(0x89, std::string(125, 'p')) +
                 test::client_frame(0x80, std::string(41, 'x'));
    input = parts;
    CHECK(reader.next(input)->what == frame_event::kind::ping);
    CHECK(reader.next(input)->code == 1009);
  }
}

}  // namespace tidewire::transport
