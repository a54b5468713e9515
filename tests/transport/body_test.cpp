// Bodies that are taken as they come: pieces to a listener, the peer held back by TCP, and an answer at any time.
#include <atomic>
#include <cstdio>
#include <future>
#include <thread>

#include "schemas/arrival.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/crossing.hpp"
#include "tests/transport/raw_client.hpp"
#include "tests/transport/test_server.hpp"

namespace tidewire::test {
namespace {

using transport::body_end;

transport::server_settings small() {
  transport::server_settings settings;
  settings.limit.http_body_bytes_max = 1'000;
  settings.limit.http_header_bytes_max = 1'024;
  settings.limit.ingest_bytes_in_flight_max = 4'096;
  return settings;
}

// Takes the bodies of requests to /stream…; what is heard is kept, and nothing released by itself.
class stream_application final : public transport::application {
 public:
  void on_http(transport::http_request request, transport::http_responder_ptr responder) override {
    answer_with_request(std::move(request), responder);
  }
  bool takes_body(const transport::http_request& head) const override { return head.target.starts_with("/stream"); }
  std::unique_ptr<transport::body_listener> on_body(transport::http_request head, transport::http_responder_ptr responder,
                                                    transport::body_source_ptr from) override {
    source = from;
    if (head.target == "/stream/refused") {
      responder->answer({.status = 403, .content_type = {}, .headers = {}, .body = {}});
      return nullptr;
    }
    answerer = std::move(responder);
    heads.add(head.method + " " + head.target + " " + head.body);
    return std::make_unique<listener>(*this);
  }
  std::unique_ptr<transport::outbox_listener> on_websocket(const transport::http_request&, transport::outbox_ptr,
                                                           transport::http_response&) override {
    return nullptr;
  }
  void answer(std::string text) {
    std::exchange(answerer, nullptr)->answer({.status = 200, .content_type = "text/plain", .headers = {}, .body = std::move(text)});
  }

  seen<std::string> heads;
  seen<std::string> pieces;
  seen<body_end> ends;
  std::atomic<std::size_t> bytes{0};
  std::atomic<bool> releases{true};
  transport::http_responder_ptr answerer;  // set before anything is heard
  transport::body_source_ptr source;

 private:
  struct listener final : transport::body_listener {
    explicit listener(stream_application& app) : into(app) {}
    void on_bytes(std::string more) override {
      const auto size = more.size();
      into.bytes += size;
      into.pieces.add(std::move(more));
      if (into.releases) into.source->release(size);
    }
    void on_end(body_end how) override { into.ends.add(how); }
    stream_application& into;
  };
};

struct stream_server {
  explicit stream_server(transport::server_settings settings = small())
      : threads(1), server((settings.listen = "127.0.0.1:0", std::move(settings)), app, threads) {
    REQUIRE(server.start());
  }
  std::string text() {
    std::string all;
    for (const auto& each : app.pieces.wait(app.pieces.size())) all += each;
    return all;
  }

  stream_application app;
  transport::io_threads threads;
  transport::server server;
};

std::string head_of(std::string_view more) { return "POST /stream HTTP/1.1\r\nHost: x\r\n" + std::string(more) + "\r\n"; }

std::string chunk(std::string_view bytes) {
  char size[20];
  std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
  return size + std::string(bytes) + "\r\n";
}

}  // namespace

TEST_CASE("A body is handed over as it comes, however long it is, by its length or in chunks, and whatever the segments") {
  const bool chunked = GENERATE(true, false);
  const std::size_t piece = GENERATE(0U, 13U);
  stream_server world;
  const std::string body(5'000, 'b');
  raw_client client(world.server.port());
  if (chunked)
    client.send(head_of("Transfer-Encoding: chunked\r\n") + chunk(body.substr(0, 1'500)) + chunk(body.substr(1'500)) +
                    "0\r\n\r\nGET /next HTTP/1.1\r\nHost: x\r\n\r\n",
                piece);
  else
    client.send(head_of("Content-Length: 5000\r\n") + body + "GET /next HTTP/1.1\r\nHost: x\r\n\r\n", piece);
  REQUIRE(world.app.ends.wait(1) == std::vector{body_end::whole});
  CHECK(world.app.heads.wait(1).front() == "POST /stream ");
  CHECK(world.text() == body);
  world.app.answer("done");
  CHECK(read_answer(client).body == "done");
  CHECK(read_answer(client).body == "GET /next ");
}

TEST_CASE("Other bodies keep their bound") {
  stream_server world;
  raw_client by_length(world.server.port());
  by_length.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n");
  CHECK(read_answer(by_length).status == 413);
  raw_client chunked(world.server.port());
  chunked.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n");
  CHECK(read_answer(chunked).status == 413);
}

TEST_CASE("A peer is held back while too much is not released") {
  stream_server world;
  world.app.releases = false;
  raw_client client(world.server.port());
  const std::size_t size = 20'000'000;  // far more than sockets hold
  std::thread sender([&] { client.send(head_of("Content-Length: 20000000\r\n") + std::string(size, 'b')); });
  world.app.pieces.wait(1);
  // What the kernel lets in is read until the bound, and not beyond it but for one buffer.
  std::size_t before = 0;
  do {
    before = world.app.bytes;
    std::promise<void> done;
    world.threads.post(0, [&] { done.set_value(); });
    done.get_future().wait();
  } while (world.app.bytes != before);
  CHECK(world.app.bytes >= 1);
  CHECK(world.app.bytes < size / 2);
  world.app.releases = true;
  world.app.source->release(world.app.bytes);
  CHECK(world.app.ends.wait(1) == std::vector{body_end::whole});
  CHECK(world.app.bytes == size);
  sender.join();
  world.app.answer("done");
  CHECK(read_answer(client).body == "done");
}

TEST_CASE("When the bodies of others fill their part, a long one is refused, and a short one or a lone one never") {
  memory_account held;
  auto& part = held[memory_part::requests];
  part.limit = 30'000;
  auto settings = small();
  settings.limit.http_body_bytes_max = 1'000'000;
  settings.requests = &part;
  stream_server world(std::move(settings));
  const crossing crossed("requests_bytes_max");
  const auto head = [](std::size_t bytes) { return "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(bytes) + "\r\n\r\n"; };
  const std::string body(40'000, 'b');
  const auto held_becomes = [&](std::size_t bytes) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (part.now() != bytes && std::chrono::steady_clock::now() < until) std::this_thread::yield();
    return part.now() == bytes;
  };

  raw_client lone(world.server.port());
  lone.send(head(body.size() + 1) + body);
  REQUIRE(held_becomes(body.size()));
  CHECK_FALSE(crossed.counted());

  raw_client small_one(world.server.port());
  small_one.send(head(arrival::own_bytes) + body.substr(0, 1'000));
  small_one.send(body.substr(0, arrival::own_bytes - 1'000));
  CHECK(read_answer(small_one).status == 200);

  raw_client other(world.server.port());
  other.send(head(body.size()) + body.substr(0, 20'000));
  const auto refusal = read_answer(other);
  CHECK(refusal.status == 503);
  CHECK(refusal.find("retry-after") == "1");
  CHECK(refusal.body.find("requests_bytes_max") != std::string::npos);
  CHECK(crossed.counted());

  lone.send("b");
  CHECK(read_answer(lone).status == 200);
  CHECK(part.now() == 0);
}

TEST_CASE("In the middle of a long message a peer is closed when others fill their part, and told to come back") {
  memory_account held;
  auto& part = held[memory_part::requests];
  part.limit = 1'000;
  auto settings = small();
  settings.test_echo = true;
  settings.requests = &part;
  stream_server world(std::move(settings));
  raw_client client(world.server.port());
  open_websocket(client, "/test/echo");
  const std::string half(arrival::own_bytes + 1, 'm');
  client.send(client_frame(0x01, half));
  client.send(client_frame(0x80, "."));
  CHECK(read_frame(client)->payload == half + ".");
  CHECK(part.now() == 0);

  memory_charge others(part);
  others.add(1'000);
  client.send(client_frame(0x81, half.substr(1)));
  CHECK(read_frame(client)->payload == half.substr(1));
  client.send(client_frame(0x01, half));
  CHECK(read_frame(client)->payload.substr(0, 2) == "\x0b\xc5");  // 3013
  CHECK(part.now() == 1'000);
}

TEST_CASE("A body that is taken as it comes goes on a little at a time while others fill their part") {
  memory_account held;
  auto& part = held[memory_part::requests];
  part.limit = 1'000;
  memory_charge others(part);
  others.add(1'000);
  auto settings = small();
  settings.limit.ingest_bytes_in_flight_max = 1'000'000;
  settings.requests = &part;
  stream_server world(std::move(settings));
  raw_client client(world.server.port());
  const std::string body(500'000, 'b');
  client.send(head_of("Content-Length: 500000\r\n") + body);
  CHECK(world.app.ends.wait(1) == std::vector{body_end::whole});
  CHECK(world.app.bytes == body.size());
  world.app.answer("done");
  CHECK(read_answer(client).body == "done");
  CHECK(part.now() == 1'000);
}

TEST_CASE("Who waits for 100 Continue is told to go on, unless he is refused at once") {
  stream_server world;
  raw_client client(world.server.port());
  client.send(head_of("Content-Length: 4\r\nExpect: 100-continue\r\n"));
  CHECK(read_answer(client).status == 100);
  client.send("body");
  CHECK(world.app.ends.wait(1) == std::vector{body_end::whole});
  world.app.answer("done");
  CHECK(read_answer(client).body == "done");

  raw_client refused(world.server.port());
  refused.send("POST /stream/refused HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  const auto answer = read_answer(refused);
  CHECK(answer.status == 403);
  CHECK(answer.find("connection") == "close");
  CHECK(refused.read_to_end().empty());
}

TEST_CASE("An answer before the end of the body ends the connection, and the rest is dropped") {
  stream_server world;
  raw_client client(world.server.port());
  client.send(head_of("Content-Length: 1000000\r\n") + std::string(1'000, 'b'));
  world.app.pieces.wait(1);
  world.app.answer("enough");
  const auto answer = read_answer(client);
  CHECK(answer.body == "enough");
  CHECK(answer.find("connection") == "close");
  CHECK(world.app.ends.wait(1) == std::vector{body_end::lost});
  client.send(std::string(100'000, 'b'));
  client.end_sending();
  CHECK(client.read_to_end().empty());
  CHECK_FALSE(client.was_reset());
}

TEST_CASE("The end of a connection in a body is told") {
  stream_server world;
  {
    raw_client client(world.server.port());
    client.send(head_of("Content-Length: 1000000\r\n") + "some");
    world.app.pieces.wait(1);
  }
  CHECK(world.app.ends.wait(1) == std::vector{body_end::lost});
  world.app.answer("nobody hears it");
}

TEST_CASE("A malformed chunk is refused, and ends the body") {
  stream_server world;
  raw_client client(world.server.port());
  client.send(head_of("Transfer-Encoding: chunked\r\n") + chunk("some"));
  world.app.pieces.wait(1);
  client.send("zz\r\n");
  CHECK(read_answer(client).status == 400);
  CHECK(world.app.ends.wait(1) == std::vector{body_end::lost});
}

TEST_CASE("A body that does not go on in time is told to who takes it, and his answer is heard") {
  const crossing crossed("http_idle_timeout_s");
  auto settings = small();
  settings.limit.http_idle_timeout_s = 1;
  stream_server world(std::move(settings));
  raw_client client(world.server.port());
  client.send(head_of("Content-Length: 1000000\r\n") + "some");
  CHECK(world.app.ends.wait(1) == std::vector{body_end::stalled});
  world.app.answer("too late");
  CHECK(read_answer(client).body == "too late");
  client.end_sending();
  CHECK(client.read_to_end().empty());
  CHECK(crossed.counted());
}

TEST_CASE("At the server's end bodies stop, and their answers are heard") {
  stream_server world;
  raw_client client(world.server.port());
  client.send(head_of("Content-Length: 1000000\r\n") + "some");
  world.app.pieces.wait(1);
  world.server.close_all(close_code::shutdown);
  CHECK(world.app.ends.wait(1) == std::vector{body_end::stopped});
  world.app.answer("until here");
  CHECK(read_answer(client).body == "until here");
}

}  // namespace tidewire::test
