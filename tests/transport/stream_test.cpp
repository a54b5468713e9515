// Responses that go on, over real sockets: the same outbox as a WebSocket's, with another framing.
#include "tests/support/catch.hpp"
#include "tests/transport/raw_client.hpp"
#include "tests/transport/test_server.hpp"

namespace tidewire::test {
namespace {

struct stream_world : test_server {
  explicit stream_world(framing form, transport::server_settings settings = {}) : test_server(std::move(settings)) {
    app.http = [this, form](const transport::http_request&, const transport::http_responder_ptr& responder) {
      const auto farewell = [](close_code code) { return "bye " + std::to_string(static_cast<int>(code)); };
      responder->stream({"text/plain", {{"x-more", "1"}}, form, farewell}, [this](transport::outbox_ptr out) {
        out->push(make_stream_frame(out->form(), "welcome"));
        return std::make_unique<noting_listener>(notes, std::move(out));
      });
    };
  }

  transport::outbox_ptr open(raw_client& client) {
    const auto before = notes.opened.size();
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    head = read_answer(client);
    return notes.opened.wait(before + 1).back();
  }

  http_answer head;
};

// The next chunk; empty: the last.
std::string read_chunk(raw_client& client) {
  const auto size = client.read_through("\r\n");
  auto body = client.read_exactly(std::stoul(size, nullptr, 16));
  CHECK(client.read_exactly(2) == "\r\n");
  return body;
}

}  // namespace

TEST_CASE("A response that goes on comes in chunks, framed as its peer takes them, and ends with a farewell") {
  struct row {
    framing form;
    const char* welcome;
    const char* two_lines;
    const char* farewell;
  };
  for (const auto& each : {row{framing::text, "welcome", "a\nb", "bye 3001"}, row{framing::lines, "welcome\n", "a\nb\n", "bye 3001\n"},
                           row{framing::events, "data: welcome\n\n", "data: a\n\ndata: b\n\n", "data: bye 3001\n\n"}}) {
    stream_world world(each.form);
    raw_client client(world.port());
    const auto out = world.open(client);
    CHECK(world.head.status == 200);
    CHECK(world.head.find("transfer-encoding") == "chunked");
    CHECK(world.head.find("content-length").empty());
    CHECK(world.head.find("x-more") == "1");
    CHECK(out->form() == each.form);
    CHECK(read_chunk(client) == each.welcome);
    out->send(make_stream_frame(each.form, "a\nb"));
    CHECK(read_chunk(client) == each.two_lines);
    out->close(close_code::shutdown);
    CHECK(read_chunk(client) == each.farewell);
    CHECK(read_chunk(client).empty());
    CHECK(client.at_end());
    CHECK_FALSE(client.was_reset());
    CHECK(world.notes.closed.wait(1) == std::vector{out->id()});
    CHECK(out->closed());
  }
}

TEST_CASE("Draining ends a response that goes on, and a peer that hangs up is heard of") {
  stream_world world(framing::lines);
  raw_client staying(world.port());
  world.open(staying);
  {
    raw_client leaving(world.port());
    const auto out = world.open(leaving);
    CHECK(read_chunk(leaving) == "welcome\n");
    leaving.send("what a peer sends now is dropped");
  }
  CHECK(world.notes.closed.wait(1).size() == 1);
  world.server.close_all(close_code::shutdown);
  CHECK(read_chunk(staying) == "welcome\n");
  CHECK(read_chunk(staying) == "bye 3001\n");
  CHECK(read_chunk(staying).empty());
  CHECK(staying.at_end());
  CHECK(world.server.wait_closed(std::chrono::seconds(10)));
}

TEST_CASE("A slow reader of a response that goes on is dropped, with a farewell if it reads on") {
  transport::server_settings settings;
  settings.limit.outbox_bytes_max = 100'000;
  stream_world world(framing::text, settings);
  raw_client slow(world.port(), "127.0.0.1", 4'096);
  const auto out = world.open(slow);
  const auto big = make_stream_frame(framing::text, std::string(10'000, 'x'));
  std::size_t sent = 0;
  while (!out->closed()) {
    out->send(big);
    world.settle();
    REQUIRE(++sent < 100'000);
  }
  CHECK(read_chunk(slow) == "welcome");
  std::size_t whole = 0;
  auto chunk = read_chunk(slow);
  for (; chunk.size() == 10'000; chunk = read_chunk(slow)) ++whole;
  CHECK(whole < sent);
  CHECK(chunk == "bye 3008");
  CHECK(read_chunk(slow).empty());
  CHECK(slow.at_end());
}

TEST_CASE("Who waits until all is written hears of it when the peer has taken it, or is gone") {
  stream_world world(framing::text);
  raw_client slow(world.port(), "127.0.0.1", 4'096);
  const auto out = world.open(slow);
  CHECK(read_chunk(slow) == "welcome");
  seen<int> drained;
  out->when_drained([&] { drained.add(1); });
  drained.wait(1);  // nothing is queued

  const std::string page(16'000'000, 'x');  // more than any socket's buffers
  out->send(make_stream_frame(framing::text, page));
  out->when_drained([&] { drained.add(2); });
  world.settle();
  CHECK(drained.size() == 1);
  CHECK((read_chunk(slow) == page));
  drained.wait(2);

  out->send(make_stream_frame(framing::text, page));
  out->when_drained([&] { drained.add(3); });
  world.settle();
  CHECK(drained.size() == 2);
  out->close(close_code::slow);
  world.settle();
  CHECK(drained.size() == 2);
  slow.read_to_end();
  drained.wait(3);
}

TEST_CASE("A sign of life does not make a peer slow that has a large frame to take, and waits but once") {
  transport::server_settings settings;
  settings.limit.outbox_bytes_max = 1'000;
  stream_world world(framing::lines, settings);
  raw_client slow(world.port(), "127.0.0.1", 4'096);
  const auto out = world.open(slow);
  CHECK(read_chunk(slow) == "welcome\n");
  const std::string page(16'000'000, 'x');  // more than any socket's buffers
  const std::string all_else(settings.limit.outbox_bytes_max, 'y');
  out->send(make_stream_frame(out->form(), page));
  out->send(make_stream_frame(out->form(), all_else));
  for (int i = 0; i < 5; ++i) out->beat(make_stream_frame(out->form(), "alive"));
  world.settle();
  REQUIRE_FALSE(out->closed());
  CHECK((read_chunk(slow) == page + '\n'));
  CHECK((read_chunk(slow) == all_else + '\n'));
  CHECK(read_chunk(slow) == "alive\n");
  out->beat(make_stream_frame(out->form(), "still"));
  CHECK(read_chunk(slow) == "still\n");
  out->send(make_stream_frame(out->form(), page));
  out->send(make_stream_frame(out->form(), all_else));
  world.settle();
  REQUIRE_FALSE(out->closed());
  out->send(make_stream_frame(out->form(), "more than it may have"));
  world.settle();
  CHECK(out->closed());
}

TEST_CASE("A peer that takes nothing of what waits for it, from one sign of life to a late one, is slow") {
  transport::server_settings settings;
  settings.limit.pong_timeout_s = 0;  // every one is late
  stream_world world(framing::lines, settings);
  raw_client quick(world.port());
  const auto quick_out = world.open(quick);
  raw_client stuck(world.port(), "127.0.0.1", 4'096);
  const auto stuck_out = world.open(stuck);
  CHECK(read_chunk(quick) == "welcome\n");
  stuck_out->send(make_stream_frame(framing::lines, std::string(16'000'000, 'x')));
  for (int i = 0; !stuck_out->closed(); ++i) {  // what is on its way may still be acknowledged
    REQUIRE(i < 100'000);
    stuck_out->beat(make_stream_frame(framing::lines, "alive"));
    quick_out->beat(make_stream_frame(framing::lines, "alive"));
    REQUIRE(read_chunk(quick) == "alive\n");
    world.settle();
  }
  CHECK(world.notes.closed.wait(1) == std::vector{stuck_out->id()});
  CHECK_FALSE(quick_out->closed());
}

TEST_CASE("HTTP/1.0 has no chunks and is refused; a responder answers but once") {
  stream_world world(framing::text);
  raw_client old(world.port());
  old.send("GET / HTTP/1.0\r\n\r\n");
  CHECK(read_answer(old).status == 505);

  test_server twice;
  twice.app.http = [&](const transport::http_request&, const transport::http_responder_ptr& responder) {
    responder->answer({.status = 204, .content_type = {}, .headers = {}, .body = {}});
    responder->stream({}, [&](transport::outbox_ptr out) { return std::make_unique<noting_listener>(twice.notes, std::move(out)); });
  };
  raw_client client(twice.port());
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(read_answer(client).status == 204);
  twice.settle();
  CHECK(twice.notes.opened.size() == 0);
}

}  // namespace tidewire::test
