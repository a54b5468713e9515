// The WebSocket opening handshake (RFC 6455 §4.2), over real sockets.
#include "tests/support/catch.hpp"
#include "tests/transport/raw_client.hpp"
#include "tests/transport/test_server.hpp"

namespace tidewire::test {
namespace {

std::string upgrade_request(std::string_view extra = {}, std::string_view version = "13",
                            std::string_view key = "dGhlIHNhbXBsZSBub25jZQ==") {
  return "GET /ws HTTP/1.1\r\nHost: localhost:8000\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Version: " +
         std::string(version) + "\r\nSec-WebSocket-Key: " + std::string(key) + "\r\n" + std::string(extra) + "\r\n";
}

struct upgrade_world : test_server {
  explicit upgrade_world(transport::server_settings settings = {}) : test_server(std::move(settings)) { note_websockets(app, notes); }

  http_answer ask(std::string_view request) {
    raw_client client(port());
    client.send(request);
    return read_answer(client);
  }
};

}  // namespace

TEST_CASE("An upgrade is accepted with the key of RFC 6455 and no subprotocol of its own making") {
  upgrade_world world;
  const auto answer = world.ask(upgrade_request("Sec-WebSocket-Protocol: unknown\r\nSec-WebSocket-Extensions: bbf-usp-protocol\r\n"));
  CHECK(answer.status == 101);
  CHECK(answer.find("sec-websocket-accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  CHECK(answer.find("sec-websocket-protocol").empty());
  CHECK(answer.find("sec-websocket-extensions").empty());
  CHECK(world.ask(upgrade_request("Sec-WebSocket-Protocol: unknown, centrifuge-json\r\n")).find("sec-websocket-protocol") ==
        "centrifuge-json");
}

TEST_CASE("The first subprotocol offered that is spoken here is named in the answer") {
  upgrade_world world;
  const auto named = [&](std::string_view headers) { return world.ask(upgrade_request(headers)).find("sec-websocket-protocol"); };
  CHECK(named("Sec-WebSocket-Protocol: tidewire.msgpack.v1\r\n") == "tidewire.msgpack.v1");
  CHECK(named("Sec-WebSocket-Protocol: tidewire.msgpack.v2, tidewire.msgpack.v1,centrifuge-json\r\n") == "tidewire.msgpack.v1");
  CHECK(named("Sec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Protocol: centrifuge-json , tidewire.msgpack.v1\r\n") == "centrifuge-json");
  CHECK(named("Sec-WebSocket-Protocol: Tidewire.MsgPack.v1\r\n").empty());
}

TEST_CASE("Compression is agreed to by the first offer that can be kept") {
  transport::server_settings settings;
  settings.websocket_compression = true;
  upgrade_world world(settings);
  const auto agreed = [&](std::string_view offers) {
    const auto answer = world.ask(upgrade_request("Sec-WebSocket-Extensions: " + std::string(offers) + "\r\n"));
    return answer.status == 101 ? answer.find("sec-websocket-extensions") : std::to_string(answer.status);
  };
  const std::string ours = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
  for (const auto* offer :
       {"permessage-deflate", "Permessage-Deflate; client_max_window_bits", "permessage-deflate; client_max_window_bits=8",
        "permessage-deflate;client_no_context_takeover ; server_no_context_takeover", "permessage-deflate; client_max_window_bits=\"10\"",
        "unknown; a=\"b\\c\", permessage-deflate", "permessage-deflate; server_max_window_bits=9, permessage-deflate",
        "permessage-deflate\r\nSec-WebSocket-Extensions: unknown", ", permessage-deflate,"})
    CHECK(agreed(offer) == ours);
  CHECK(agreed("permessage-deflate; server_max_window_bits=15") == ours + "; server_max_window_bits=15");
  for (const auto* offer :
       {"permessage-deflate; unknown", "permessage-deflate; server_max_window_bits", "permessage-deflate; server_max_window_bits=14",
        "permessage-deflate; server_max_window_bits=16", "permessage-deflate; client_max_window_bits=7",
        "permessage-deflate; client_max_window_bits=08", "permessage-deflate; client_max_window_bits=16",
        "permessage-deflate; server_no_context_takeover=1", "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
        "permessage-deflate; client_max_window_bits; client_max_window_bits=10", "x-webkit-deflate-frame", "permessage-deflated"})
    CHECK(agreed(offer).empty());
  for (const auto* broken : {"permessage-deflate;", "permessage-deflate; =1", "permessage-deflate; client_max_window_bits=",
                             "permessage-deflate; client_max_window_bits=\"10", "permessage-deflate client_max_window_bits", ";"})
    CHECK(agreed(broken) == "400");

  upgrade_world without;
  CHECK(without.ask(upgrade_request("Sec-WebSocket-Extensions: permessage-deflate\r\n")).find("sec-websocket-extensions").empty());
}

TEST_CASE("An upgrade that is malformed or of another version is refused, and HTTP goes on") {
  upgrade_world world;
  CHECK(world.ask(upgrade_request({}, "13", "tooshort")).status == 400);
  CHECK(world.ask(upgrade_request({}, "13", "dGhlIHNhbXBsZSBub25jZSE!!A==")).status == 400);
  raw_client client(world.port());
  client.send(upgrade_request({}, "12"));
  const auto answer = read_answer(client);
  CHECK(answer.status == 426);
  CHECK(answer.find("sec-websocket-version") == "13");
  client.send(upgrade_request());
  CHECK(read_answer(client).status == 101);
}

TEST_CASE("Pages of another origin may not connect, unless they are allowed") {
  const auto origin = [](std::string_view value) { return upgrade_request("Origin: " + std::string(value) + "\r\n"); };
  upgrade_world strict;
  CHECK(strict.ask(origin("http://localhost:8000")).status == 101);
  CHECK(strict.ask(origin("http://LOCALHOST:8000")).status == 101);
  CHECK(strict.ask(origin("http://localhost:8001")).status == 403);
  CHECK(strict.ask(origin("http://localhost")).status == 403);
  CHECK(strict.ask(origin("https://evil.example")).status == 403);
  CHECK(strict.ask(origin("http://localhost:8000.evil.example")).status == 403);
  CHECK(strict.ask(origin("null")).status == 403);

  transport::server_settings settings;
  settings.allowed_origins = {"https://app.example.com"};
  upgrade_world listed(settings);
  CHECK(listed.ask(origin("https://app.example.com")).status == 101);
  CHECK(listed.ask(origin("http://app.example.com")).status == 403);
  CHECK(listed.ask(origin("https://app.example.com.evil.example")).status == 403);

  settings.allowed_origins = {"*"};
  upgrade_world open(settings);
  CHECK(open.ask(origin("https://evil.example")).status == 101);
}

TEST_CASE("The application may refuse an upgrade, in its own words or with 404") {
  test_server world;
  seen<transport::outbox_ptr> outboxes;
  world.app.websocket = [&](const transport::http_request& upgrade, transport::outbox_ptr out, transport::http_response& refusal) {
    out->push(make_frame(frame_opcode::text, "never seen"));
    outboxes.add(out);
    if (upgrade.target == "/busy") refusal = {.status = 503, .content_type = "text/plain", .headers = {}, .body = "busy"};
    return nullptr;
  };
  raw_client client(world.port());
  client.send(upgrade_request());
  CHECK(read_answer(client).status == 404);
  auto busy = upgrade_request();
  busy.replace(busy.find("/ws"), 3, "/busy");
  client.send(busy);
  const auto answer = read_answer(client);
  CHECK(answer.status == 503);
  CHECK(answer.body == "busy");
  for (const auto& out : outboxes.wait(2)) CHECK(out->closed());
}

TEST_CASE("Frames that come with the upgrade request are read, frames queued before it is answered go out after it") {
  upgrade_world world;
  world.app.websocket = [&](const transport::http_request&, transport::outbox_ptr out, transport::http_response&) {
    out->push(make_frame(frame_opcode::text, "welcome"));
    return std::make_unique<noting_listener>(world.notes, std::move(out));
  };
  raw_client client(world.port());
  client.send(upgrade_request() + client_frame(0x81, "early") + client_frame(0x81, "bird"));
  CHECK(read_answer(client).status == 101);
  CHECK((read_frame(client) == server_frame{1, "welcome"}));
  CHECK(world.notes.messages.wait(2) == std::vector<std::string>{"early", "bird"});
}

}  // namespace tidewire::test
