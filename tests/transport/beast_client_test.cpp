// Boost.Beast's WebSocket client as an oracle: another implementation of RFC 6455 and HTTP/1.1 agrees with ours.
#include <utility>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <random>

#include "tests/support/catch.hpp"
#include "tests/transport/test_server.hpp"

namespace tidewire::test {
namespace {

namespace beast = boost::beast;
namespace websocket = beast::websocket;
using boost::asio::ip::tcp;

}  // namespace

TEST_CASE("Boost.Beast's client and the echo endpoint understand each other") {
  test_server world(echo_settings());
  boost::asio::io_context context;
  websocket::stream<tcp::socket> client(context);
  client.next_layer().connect({boost::asio::ip::address_v4::loopback(), world.port()});
  client.read_message_max(0);
  client.handshake("localhost", "/test/echo");

  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  for (const std::size_t size : {0U, 1U, 125U, 126U, 65'535U, 65'536U, 100'003U, 1'048'576U, 16'777'216U}) {
    std::string payload(size, '\0');
    for (auto& c : payload) c = static_cast<char>('a' + random() % 26);
    for (const bool fragmented : {false, true}) {
      client.auto_fragment(fragmented);
      client.text(random() % 2 == 0);
      client.write(boost::asio::buffer(payload));
      beast::flat_buffer answer;
      client.read(answer);
      CHECK(client.got_text() == client.text());
      CHECK((beast::buffers_to_string(answer.data()) == payload));
    }
  }

  std::string ponged;
  client.control_callback([&](websocket::frame_type kind, beast::string_view payload) {
    if (kind == websocket::frame_type::pong) ponged = std::string(payload);
  });
  client.ping("are you there");
  client.write(boost::asio::buffer(std::string("x")));
  beast::flat_buffer answer;
  client.read(answer);
  CHECK(ponged == "are you there");

  client.close(websocket::close_reason(websocket::close_code::normal, "bye"));
  CHECK(client.reason().code == websocket::close_code::normal);
  CHECK(world.server.wait_closed(std::chrono::seconds(10)));
}

}  // namespace tidewire::test
