#include "tests/support/catch.hpp"
#include "tests/transport/conformance_cases.hpp"
#include "tests/transport/test_server.hpp"

namespace tidewire::test {

TEST_CASE("The echo endpoint conforms to RFC 6455, families 1 to 7 and 10") {
  test_server world(echo_settings());
  for (const auto& each : conformance_cases()) {
    INFO("case " << each.name << " in pieces of " << each.piece);
    raw_client client(world.port());
    open_websocket(client, "/test/echo");
    client.send(each.sent, each.piece);
    for (const auto& expected : each.answered) {
      const auto got = read_frame(client);
      REQUIRE(got);
      CHECK(static_cast<int>(got->opcode) == static_cast<int>(expected.opcode));
      REQUIRE((got->payload == expected.payload));
    }
    CHECK(client.at_end());
    CHECK_FALSE(client.was_reset());
  }
  CHECK(world.server.wait_closed(std::chrono::seconds(10)));
}

TEST_CASE("The echo endpoint exists only when it is configured") {
  test_server world;
  raw_client client(world.port());
  CHECK_THROWS(open_websocket(client, "/test/echo"));
}

}  // namespace tidewire::test
