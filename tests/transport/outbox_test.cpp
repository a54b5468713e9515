// Frames on their way out: order, coalescing, and what happens to a peer that does not take them.
#include <sys/socket.h>

#include "tests/support/catch.hpp"
#include "tests/transport/raw_client.hpp"
#include "tests/transport/test_server.hpp"

namespace tidewire::test {
namespace {

frame_ptr numbered(std::size_t n) { return make_frame(frame_opcode::text, std::to_string(n)); }

// Connects and waits for the outbox of the connection.
transport::outbox_ptr connect(test_server& world, raw_client& client) {
  const auto known = world.notes.opened.size();
  open_websocket(client, "/ws");
  return world.notes.opened.wait(known + 1).back();
}

bool reads_numbers(raw_client& client, std::size_t from, std::size_t to) {
  for (std::size_t n = from; n < to; ++n) {
    if (read_frame(client) != server_frame{1, std::to_string(n)}) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("What one thread sends arrives in its order, and then the close frame with its reason") {
  test_server world;
  note_websockets(world.app, world.notes);
  raw_client client(world.port());
  const auto out = connect(world, client);
  for (std::size_t n = 0; n < 10'000; ++n) out->send(numbered(n));
  out->close(close_code::force_reconnect);
  out->send(numbered(10'000));
  CHECK(reads_numbers(client, 0, 10'000));
  CHECK((read_frame(client) == server_frame{8, close_payload(3011, "force reconnect")}));
  CHECK(world.notes.closed.wait(1) == std::vector{out->id()});
  CHECK(out->closed());
  client.send(client_frame(0x88, close_payload(3011)));
  CHECK(client.at_end());
  out->send(numbered(0));
  out->close(close_code::normal);
}

TEST_CASE("Frames that are pushed go out, with a flush or without") {
  test_server world;
  note_websockets(world.app, world.notes);
  raw_client client(world.port());
  const auto out = connect(world, client);
  CHECK(out->home() == 0);
  world.threads.post(0, [out] {
    for (std::size_t n = 0; n < 1'000; ++n) out->push(numbered(n));
  });
  CHECK(reads_numbers(client, 0, 1'000));
  world.threads.post(0, [out] {
    for (std::size_t n = 1'000; n < 2'000; ++n) out->push(numbered(n));
    out->flush();
  });
  CHECK(reads_numbers(client, 1'000, 2'000));
}

TEST_CASE("A slow client is dropped with 3008 while another goes on") {
  transport::server_settings settings;
  settings.limit.outbox_bytes_max = 100'000;
  settings.limit.close_timeout_s = 1;
  test_server world(settings);
  note_websockets(world.app, world.notes);
  raw_client fast(world.port());
  const auto fast_out = connect(world, fast);
  raw_client slow(world.port(), "127.0.0.1", 4'096);
  const auto slow_out = connect(world, slow);

  const auto big = make_frame(frame_opcode::binary, std::string(10'000, 'x'));
  std::size_t rounds = 0;
  while (!slow_out->closed()) {
    fast_out->send(big);
    slow_out->send(big);
    REQUIRE(read_frame(fast)->payload.size() == 10'000);
    REQUIRE(++rounds < 100'000);
  }
  CHECK(world.notes.closed.wait(1) == std::vector{slow_out->id()});
  CHECK_FALSE(fast_out->closed());

  SECTION("it reads on in time: what the kernel had, then the close frame") {
    std::optional<server_frame> last;
    std::size_t whole = 0;
    for (auto next = read_frame(slow); next; next = read_frame(slow)) {
      if (next->opcode == 2) ++whole;
      last = next;
      if (next->opcode == 8) break;
    }
    CHECK((last == server_frame{8, close_payload(3008, "slow")}));
    CHECK(whole < rounds);
  }
  SECTION("it never does: the connection is reset") {
    while (world.server.connections() > 1) world.settle();
    slow.read_to_end();
    CHECK(slow.was_reset());
  }
  fast_out->send(numbered(1));
  CHECK((read_frame(fast) == server_frame{1, "1"}));
}

TEST_CASE("One frame over the bound is taken by an empty queue, and a full queue that the socket takes is not slow") {
  transport::server_settings settings;
  settings.limit.outbox_bytes_max = 1'000;
  test_server world(settings);
  note_websockets(world.app, world.notes);
  raw_client client(world.port());
  const auto out = connect(world, client);
  const auto big = make_frame(frame_opcode::binary, std::string(5'000, 'x'));
  world.threads.post(0, [&] {
    for (int i = 0; i < 10; ++i) out->push(big);
    out->flush();
  });
  for (int i = 0; i < 10; ++i) CHECK(read_frame(client)->payload.size() == 5'000);
  world.settle();
  CHECK_FALSE(out->closed());
}

TEST_CASE("A ping of a client that has a large frame to take is answered behind it") {
  transport::server_settings settings;
  settings.limit.outbox_bytes_max = 1'000;
  test_server world(settings);
  note_websockets(world.app, world.notes);
  raw_client client(world.port(), "127.0.0.1", 4'096);
  const auto out = connect(world, client);
  const std::string large(16'000'000, 'x');  // more than any socket's buffers
  out->send(make_frame(frame_opcode::binary, large));
  world.settle();  // it is queued
  client.send(client_frame(0x89, "still there?"));
  client.send(client_frame(0x81, "heard"));
  world.notes.messages.wait(1);
  REQUIRE_FALSE(out->closed());
  CHECK((read_frame(client) == server_frame{2, large}));
  CHECK((read_frame(client) == server_frame{10, "still there?"}));
}

TEST_CASE("Behind one long frame there is as much room as without it") {
  transport::server_settings settings;
  settings.limit.outbox_bytes_max = 1'000;
  test_server world(settings);
  note_websockets(world.app, world.notes);
  raw_client client(world.port(), "127.0.0.1", 4'096);
  const auto out = connect(world, client);
  const std::string large(16'000'000, 'x');  // more than any socket's buffers
  SECTION("in the queue") {
    out->send(make_frame(frame_opcode::binary, large));
    world.settle();
    out->send(numbered(1));
  }
  SECTION("on the way to the I/O thread") {
    std::promise<void> go;
    world.threads.post(0, [held = go.get_future().share()] { held.wait(); });
    out->send(make_frame(frame_opcode::binary, large));
    out->send(numbered(1));
    go.set_value();
  }
  world.settle();
  REQUIRE_FALSE(out->closed());
  CHECK((read_frame(client) == server_frame{2, large}));
  CHECK((read_frame(client) == server_frame{1, "1"}));
}

TEST_CASE("Frames that wait for a busy I/O thread are bounded too") {
  transport::server_settings settings;
  settings.limit.outbox_bytes_max = 1'000;
  test_server world(settings);
  note_websockets(world.app, world.notes);
  raw_client client(world.port());
  const auto out = connect(world, client);
  std::promise<void> go;
  world.threads.post(0, [held = go.get_future().share()] { held.wait(); });
  for (std::size_t n = 0; n < 10'000; ++n) out->send(numbered(n));
  go.set_value();
  CHECK((read_frame(client) == server_frame{8, close_payload(3008, "slow")}));
}

TEST_CASE("No more messages are handed over than there is credit for, and release() goes on where it stopped") {
  transport::server_settings settings;
  settings.limit.commands_in_flight_max = 4;
  test_server world(settings);
  note_websockets(world.app, world.notes);
  raw_client client(world.port());
  const auto out = connect(world, client);
  std::string sent;
  for (int i = 0; i < 100; ++i) sent += client_frame(0x81, std::to_string(i));
  client.send(sent);
  world.notes.messages.wait(4);
  world.settle();
  CHECK(world.notes.messages.size() == 4);
  out->release(2);
  world.notes.messages.wait(6);
  world.settle();
  CHECK(world.notes.messages.size() == 6);
  for (std::size_t taken = 2; taken < 100; ++taken) {
    world.notes.messages.wait(taken + 1);
    out->release(1);
  }
  const auto all = world.notes.messages.wait(100);
  for (std::size_t i = 0; i < all.size(); ++i) CHECK(all[i] == std::to_string(i));
}

TEST_CASE("A close by the server ends a connection whose listener has no credit left") {
  transport::server_settings settings;
  settings.limit.commands_in_flight_max = 1;
  test_server world(settings);
  note_websockets(world.app, world.notes);
  raw_client client(world.port());
  const auto out = connect(world, client);
  client.send(client_frame(0x81, "one") + client_frame(0x81, "two") + client_frame(0x88, close_payload(1000)));
  world.notes.messages.wait(1);
  out->close(close_code::shutdown);
  CHECK(read_frame(client)->opcode == 8);
  CHECK(client.at_end());
  CHECK(world.notes.closed.wait(1).size() == 1);
  CHECK(world.notes.messages.size() == 1);
}

}  // namespace tidewire::test
