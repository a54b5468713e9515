// The server as a whole: listening, limits, many connections, threads, and its end.
#include "transport/server.hpp"
#include "tests/support/crossing.hpp"

#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>
#include <unordered_set>

#include "tests/support/catch.hpp"
#include "tests/transport/raw_client.hpp"
#include "tests/transport/test_server.hpp"

namespace tidewire::test {

TEST_CASE("An address that cannot be had is an error with cause and remedy") {
  test_server world;
  transport::server_settings settings;
  const auto start = [&](const std::string& listen) {
    settings.listen = listen;
    transport::server second(settings, world.app, world.threads);
    return second.start();
  };
  const auto taken = start("127.0.0.1:" + std::to_string(world.port()));
  REQUIRE_FALSE(taken);
  CHECK(taken.error().code == errc::unavailable);
  CHECK(taken.error().detail.find("in use") != std::string::npos);
  CHECK(taken.error().detail.find("another port") != std::string::npos);
  CHECK(start("203.0.113.1:0").error().detail.find("address of this machine") != std::string::npos);
  for (const char* malformed : {"", "8000", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:x", "::1:8000", "example.com:80"}) {
    INFO(malformed);
    CHECK(start(malformed).error().code == errc::bad_request);
  }
  CHECK(start("localhost:0"));
}

TEST_CASE("It listens on IPv6 too") {
  test_application app;
  app.http = [](const transport::http_request& request, const transport::http_responder_ptr& responder) {
    responder->answer({.status = 200, .content_type = "text/plain", .headers = {}, .body = request.peer});
  };
  transport::io_threads threads(1);
  transport::server_settings settings;
  settings.listen = "[::1]:0";
  transport::server server(settings, app, threads);
  REQUIRE(server.start());
  raw_client client(server.port(), "::1");
  client.send("GET / HTTP/1.1\r\nHost: [::1]:8000\r\n\r\n");
  CHECK(read_answer(client).body == "::1");
}

TEST_CASE("Connections over the limit get 503, and there is room again when one goes") {
  transport::server_settings settings;
  settings.limit.connections_max = 2;
  test_server world(settings);
  world.app.http = answer_with_request;
  const auto ask = [](raw_client& client) {
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    return read_answer(client).status;
  };
  raw_client first(world.port());
  CHECK(ask(first) == 200);
  {
    raw_client second(world.port());
    CHECK(ask(second) == 200);
    raw_client third(world.port());
    CHECK(read_answer(third).status == 503);
    CHECK(third.at_end());
  }
  while (world.server.connections() > 1) world.settle();
  raw_client fourth(world.port());
  CHECK(ask(fourth) == 200);
}

TEST_CASE("A thousand connections open and close on two threads, and no outbox is left") {
  test_server world({}, 2);
  std::vector<std::weak_ptr<transport::outbox>> outboxes;
  {
    noting_listener::notes& notes = world.notes;
    std::vector<std::unique_ptr<raw_client>> clients;
    seen<std::weak_ptr<transport::outbox>> opened;
    world.app.websocket = [&](const transport::http_request&, transport::outbox_ptr out, transport::http_response&) {
      opened.add(out);
      struct holder : transport::outbox_listener {
        transport::outbox_ptr out;
        noting_listener::notes* into = nullptr;
        void on_message(std::string, bool) override {}
        void on_close() override { into->closed.add(out->id()); }
      };
      auto made = std::make_unique<holder>();
      made->out = std::move(out);
      made->into = &notes;
      return made;
    };
    for (int i = 0; i < 1'000; ++i) {
      clients.push_back(std::make_unique<raw_client>(world.port()));
      open_websocket(*clients.back(), "/ws");
    }
    outboxes = opened.wait(1'000);
    CHECK(world.server.connections() == 1'000);
    std::size_t on_first = 0;
    std::set<std::uint64_t> ids;
    for (const auto& each : outboxes) {
      const auto out = each.lock();
      REQUIRE(out);
      ids.insert(out->id());
      if (out->home() == 0) ++on_first;
    }
    CHECK(ids.size() == 1'000);
    CHECK(on_first == 500);
    // Half of them say goodbye, the others vanish.
    for (std::size_t i = 0; i < clients.size(); i += 2) clients[i]->send(client_frame(0x88, close_payload(1000)));
  }
  CHECK(world.server.wait_closed(std::chrono::seconds(10)));
  const auto closed = world.notes.closed.wait(1'000);
  CHECK(std::set(closed.begin(), closed.end()).size() == 1'000);
  // What is cancelled ends in jobs of its own.
  const auto left = [&] { return std::ranges::count_if(outboxes, [](const auto& each) { return !each.expired(); }); };
  for (const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10); left() > 0 && std::chrono::steady_clock::now() < end;)
    world.settle();
  CHECK(left() == 0);
}

// The clients' own few bytes count too. A sanitizer's allocator reports nothing here.
TEST_CASE("An idle WebSocket costs at most 4 KiB, also after it was busy") {
  constexpr std::size_t count = 500;
  test_server world(echo_settings());
  const auto in_use = [] { return static_cast<std::size_t>(mallinfo2().uordblks); };
  const auto before = in_use();
  std::vector<std::unique_ptr<raw_client>> clients;
  for (std::size_t i = 0; i < count; ++i) {
    clients.push_back(std::make_unique<raw_client>(world.port()));
    open_websocket(*clients.back(), "/test/echo");
    clients.back()->send(client_frame(0x82, std::string(65'000, 'x')));
    REQUIRE(read_frame(*clients.back())->payload.size() == 65'000);
  }
  world.settle();
  const auto each = (in_use() - before) / count;
  INFO(each << " bytes");
  CHECK(each < 4'096);
}

TEST_CASE("A visitor sees every open WebSocket once, each on its own thread") {
  test_server world({}, 2);
  note_websockets(world.app, world.notes);
  std::vector<std::unique_ptr<raw_client>> clients;
  for (int i = 0; i < 10; ++i) {
    clients.push_back(std::make_unique<raw_client>(world.port()));
    open_websocket(*clients.back(), "/ws");
  }
  raw_client http(world.port());
  world.notes.opened.wait(10);
  world.settle();
  seen<std::pair<const transport::outbox_listener*, std::thread::id>> visited;
  world.server.visit([&](transport::outbox_listener& listener) { visited.add({&listener, std::this_thread::get_id()}); });
  world.settle();
  std::set<const transport::outbox_listener*> listeners;
  std::unordered_set<std::thread::id> threads;
  for (const auto& [listener, thread] : visited.wait(10)) {
    listeners.insert(listener);
    threads.insert(thread);
  }
  CHECK(visited.size() == 10);
  CHECK(listeners.size() == 10);
  CHECK(threads.size() == 2);
}

TEST_CASE("Draining: no new connections, the open ones are closed in order, then it is empty") {
  test_server world;
  note_websockets(world.app, world.notes);
  raw_client client(world.port());
  open_websocket(client, "/ws");
  world.server.stop_accepting();
  CHECK_THROWS(raw_client(world.port()));
  CHECK_FALSE(world.server.wait_closed(std::chrono::milliseconds(1)));
  world.server.close_all(close_code::shutdown);
  CHECK((read_frame(client) == server_frame{8, close_payload(3001, "shutdown")}));
  client.send(client_frame(0x88, close_payload(3001)));
  CHECK(client.at_end());
  CHECK(world.server.wait_closed(std::chrono::seconds(10)));
}

TEST_CASE("A peer that does not answer the close frame is cut off in time") {
  transport::server_settings settings;
  settings.limit.close_timeout_s = 1;
  const crossing crossed("close_timeout_s");
  test_server world(settings);
  note_websockets(world.app, world.notes);
  raw_client client(world.port());
  open_websocket(client, "/ws");
  world.notes.opened.wait(1)[0]->close(close_code::no_pong);
  CHECK(read_frame(client)->opcode == 8);
  CHECK(client.at_end());
  CHECK(crossed.counted());
}

TEST_CASE("The end of a server aborts what is open; its listeners hear of it, its outboxes outlive it") {
  transport::outbox_ptr out;
  noting_listener::notes notes;
  transport::io_threads threads(2);
  test_application app;
  note_websockets(app, notes);
  transport::server_settings settings;
  settings.listen = "127.0.0.1:0";
  std::optional<transport::server> server(std::in_place, settings, app, threads);
  REQUIRE(server->start());
  raw_client client(server->port());
  open_websocket(client, "/ws");
  out = notes.opened.wait(1)[0];
  server.reset();
  CHECK(notes.closed.size() == 1);
  CHECK(out->closed());
  out->send(make_frame(frame_opcode::text, "nobody"));
  out->close(close_code::normal);
  out->release(1);
  client.read_to_end();
  CHECK(client.was_reset());
}

}  // namespace tidewire::test
