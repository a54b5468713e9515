// WebSockets that come to one server and are served by another, on its threads.
#include "tests/support/catch.hpp"
#include "tests/transport/raw_client.hpp"
#include "tests/transport/test_server.hpp"

namespace tidewire::test {
namespace {

// The door takes the connections, the hall serves those that become WebSockets.
struct two_servers {
  two_servers() {
    note_websockets(hall_app, notes);
    door.leave_websockets_to(hall);
    if (auto started = door.start(); !started) throw std::runtime_error(started.error().detail);
  }
  static transport::server_settings settings(std::size_t connections) {
    transport::server_settings made;
    made.listen = "127.0.0.1:0";
    made.limit.connections_max = connections;
    return made;
  }

  noting_listener::notes notes;  // outlives the listeners
  transport::io_threads hall_threads{2};
  transport::io_threads door_threads{1};
  test_application hall_app;
  test_application door_app;
  transport::server hall{settings(2), hall_app, hall_threads};
  transport::server door{settings(10), door_app, door_threads};
};

constexpr unsigned whole_text = 0x81;

const std::string upgrade =
    "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

}  // namespace

TEST_CASE("A WebSocket goes to the other server with what was sent right behind its request, and HTTP stays") {
  two_servers world;
  world.door_app.http = answer_with_request;
  raw_client client(world.door.port());
  client.send("GET /first HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(read_answer(client).body == "GET /first ");
  client.send(upgrade + client_frame(whole_text, "early"));
  CHECK(read_answer(client).status == 101);
  CHECK(world.notes.messages.wait(1) == std::vector<std::string>{"early"});
  client.send(client_frame(whole_text, "late"));
  CHECK(world.notes.messages.wait(2).back() == "late");
  const auto out = world.notes.opened.wait(1).front();
  out->send(make_frame(frame_opcode::text, "hello"));
  CHECK(read_frame(client) == server_frame{1, "hello"});
  CHECK(world.hall.connections() == 1);
  CHECK(world.door.wait_closed(std::chrono::seconds(10)));
  CHECK(out->home() < world.hall_threads.size());
}

TEST_CASE("The other server refuses in HTTP, and ends the connection") {
  two_servers world;
  world.hall_app.websocket = [](const transport::http_request&, const transport::outbox_ptr&, transport::http_response& refusal) {
    refusal.status = 401;
    return nullptr;
  };
  raw_client client(world.door.port());
  CHECK_THROWS(open_websocket(client, "/ws"));
  raw_client again(world.door.port());
  again.send(upgrade);
  const auto answer = read_answer(again);
  CHECK(answer.status == 401);
  CHECK_FALSE(answer.find("x-request-id").empty());
  CHECK(again.at_end());
}

TEST_CASE("Each server counts its own connections against its limit") {
  two_servers world;
  raw_client one(world.door.port());
  raw_client two(world.door.port());
  raw_client three(world.door.port());
  open_websocket(one, "/ws");
  open_websocket(two, "/ws");
  three.send(upgrade);
  CHECK(three.at_end());
  CHECK(world.hall.connections() == 2);
}

}  // namespace tidewire::test
