// Frames that a slow peer may miss: what is left out, when the listener hears of it, and how it goes on.
#include <utility>

#include "tests/support/catch.hpp"
#include "tests/support/crossing.hpp"
#include "tests/transport/raw_client.hpp"
#include "tests/transport/test_server.hpp"
#include "transport/io_thread.hpp"

namespace tidewire::test {
namespace {

const auto room_a = std::make_shared<const std::string>("a");
const auto room_b = std::make_shared<const std::string>("b");

// Tells the peer what it missed, as a text frame: "<source> <position>".
class telling_listener final : public transport::outbox_listener {
 public:
  explicit telling_listener(transport::outbox_ptr out) : out_(std::move(out)) {}
  void on_message(std::string, bool) override {}
  void on_missed(std::vector<transport::missed> what) override {
    for (const auto& each : what) out_->push(make_frame(frame_opcode::text, *each.source + ' ' + std::to_string(each.after)));
  }
  void on_close() override {}

 private:
  transport::outbox_ptr out_;
};

transport::server_settings settings(std::size_t outboxes_bytes_max) {
  transport::server_settings made;
  made.limit.backlog_bytes_max = 50'000;
  made.limit.outbox_bytes_max = 10'000'000;
  made.limit.outboxes_bytes_max = outboxes_bytes_max;
  made.limit.outbox_bytes_fair = 10'000;
  made.limit.unsent_bytes_max = 10'000;
  return made;
}

struct slow_world {
  explicit slow_world(std::size_t outboxes_bytes_max = 1'000'000'000) : world(settings(outboxes_bytes_max)) {
    world.app.websocket = [this](const transport::http_request&, transport::outbox_ptr out, transport::http_response&) {
      opened.add(out);
      return std::make_unique<telling_listener>(std::move(out));
    };
  }

  // A client that takes little until it reads.
  transport::outbox_ptr connect(raw_client& client) {
    const auto known = opened.size();
    open_websocket(client, "/ws");
    return opened.wait(known + 1).back();
  }
  template <class Job>
  auto on_thread(Job job) {
    std::promise<decltype(job())> done;
    world.threads.post(0, [&] { done.set_value(job()); });
    return done.get_future().get();
  }
  // Offers frames of 10 kB that hold their positions, from `first` to before `end`; returns the bytes that wait for the peer then.
  std::size_t offer(const transport::outbox_ptr& out, const transport::source_ptr& source, std::uint64_t first, std::uint64_t end) {
    return on_thread([&] {
      const std::size_t before = world.threads.at(0).queued_bytes();
      for (auto number = first; number < end; ++number) {
        auto text = std::to_string(number);
        text.resize(10'000, ' ');
        out->offer(make_frame(frame_opcode::binary, text), source, number);
      }
      out->flush();
      return std::size_t{world.threads.at(0).queued_bytes()} - before;
    });
  }

  seen<transport::outbox_ptr> opened;
  test_server world;
};

// Reads frames that hold the positions from `first` on, up to the next text frame; returns how many, and that text.
std::pair<std::uint64_t, std::string> read_up_to_text(raw_client& client, std::uint64_t first) {
  for (auto number = first;; ++number) {
    const auto next = read_frame(client);
    REQUIRE(next);
    if (next->opcode == 1) return {number - first, next->payload};
    REQUIRE(std::stoull(next->payload) == number);
  }
}

}  // namespace

TEST_CASE("A slow peer misses what it cannot take, hears so when it has taken the rest, and goes on when it is resumed") {
  slow_world at;
  raw_client client(at.world.port(), "127.0.0.1", 4'096);
  const auto out = at.connect(client);
  CHECK(at.offer(out, room_a, 0, 1'000) < 70'000);
  const auto [taken, told] = read_up_to_text(client, 0);
  CHECK((taken > 0 && taken < 1'000));
  CHECK(told == "a " + std::to_string(taken));
  at.offer(out, room_a, 1'000, 1'001);  // nothing, before it is resumed
  at.on_thread([&] { return out->resume("a", std::nullopt), 0; });
  at.offer(out, room_a, 2'000, 2'002);
  at.on_thread([&] { return out->push(make_frame(frame_opcode::text, "end")), 0; });
  CHECK(read_up_to_text(client, 2'000) == std::pair<std::uint64_t, std::string>{2, "end"});
}

TEST_CASE("What is made up for in pieces is told again from there") {
  slow_world at;
  raw_client client(at.world.port(), "127.0.0.1", 4'096);
  const auto out = at.connect(client);
  at.offer(out, room_a, 0, 1'000);
  read_up_to_text(client, 0);
  at.on_thread([&] {
    out->resume("a", 500);
    out->push(make_frame(frame_opcode::text, "a piece"));
    return out->flush(), 0;
  });
  CHECK(read_up_to_text(client, 0).second == "a piece");
  CHECK(read_up_to_text(client, 0).second == "a 500");
}

TEST_CASE("Each source is missed from its own position") {
  slow_world at;
  raw_client client(at.world.port(), "127.0.0.1", 4'096);
  const auto out = at.connect(client);
  at.offer(out, room_a, 0, 1'000);
  CHECK(at.offer(out, room_b, 77, 80) == 0);
  read_up_to_text(client, 0);
  CHECK(read_up_to_text(client, 0).second == "b 77");
}

TEST_CASE("What a slow peer is spared is gone, and it hears nothing of that") {
  slow_world at;
  raw_client client(at.world.port(), "127.0.0.1", 4'096);
  const auto out = at.connect(client);
  at.on_thread([&] {
    for (int i = 0; i < 1'000; ++i) out->spare(make_frame(frame_opcode::binary, std::to_string(i) + std::string(10'000, ' ')));
    return out->flush(), 0;
  });
  const auto spared = at.world.threads.slow().spared;
  CHECK((spared > 0 && spared < 1'000));
  CHECK(at.world.threads.slow().behind == 0);
  for (std::uint64_t number = 0; number < 1'000 - spared; ++number) CHECK(std::stoull(read_frame(client)->payload) == number);
  at.on_thread([&] { return out->push(make_frame(frame_opcode::text, "end")), out->flush(), 0; });
  CHECK(read_frame(client)->payload == "end");
}

TEST_CASE("When the server has queued too much, nobody may have more than a fair part") {
  const crossing crossed("outboxes_bytes_max");
  slow_world at(4'000'000);
  raw_client greedy_client(at.world.port(), "127.0.0.1", 4'096), client(at.world.port(), "127.0.0.1", 4'096);
  const auto greedy = at.connect(greedy_client), out = at.connect(client);
  at.on_thread([&] {
    greedy->push(make_frame(frame_opcode::binary, std::string(5'000'000, 'x')));
    return greedy->flush(), 0;
  });
  CHECK(at.offer(out, room_a, 0, 1'000) < 21'000);
  at.on_thread([&] {
    for (int i = 0; i < 3; ++i) out->push(make_frame(frame_opcode::binary, std::string(10'000, 'x')));
    return 0;
  });
  CHECK(out->closed());
  CHECK(crossed.counted());
}

TEST_CASE("When the server has queued too much, a long answer over HTTP is put off, and a short one is not") {
  slow_world at(4'000'000);
  at.world.app.http = [](transport::http_request request, const transport::http_responder_ptr& responder) {
    const auto bytes = std::stoul(request.target.substr(1));
    responder->answer({.status = 200, .content_type = "text/plain", .headers = {}, .body = std::string(bytes, 'x')});
  };
  const auto ask = [](raw_client& client, std::size_t bytes) {
    client.send("GET /" + std::to_string(bytes) + " HTTP/1.1\r\nHost: x\r\n\r\n");
  };
  raw_client greedy(at.world.port(), "127.0.0.1", 4'096), other(at.world.port());
  ask(greedy, 9'000'000);
  const auto begin = greedy.read_through("x");
  ask(other, 10'001);
  const auto put_off = read_answer(other);
  CHECK((put_off.status == 503 && put_off.find("retry-after") == "1"));
  ask(other, 10'000);
  CHECK(read_answer(other).status == 200);
  CHECK(greedy.read_exactly(9'000'000 - 1).size() == 9'000'000 - 1);
  ask(other, 10'001);
  CHECK(read_answer(other).status == 200);
}

TEST_CASE("When that is not enough, nobody may have more than one frame that is not taken at once") {
  slow_world at(3'000'000);
  raw_client greedy_client(at.world.port(), "127.0.0.1", 4'096), client(at.world.port(), "127.0.0.1", 4'096);
  raw_client quick(at.world.port());
  const auto greedy = at.connect(greedy_client), out = at.connect(client), taking = at.connect(quick);
  at.on_thread([&] {
    greedy->push(make_frame(frame_opcode::binary, std::string(5'000'000, 'x')));
    return greedy->flush(), 0;
  });
  CHECK(at.offer(out, room_a, 0, 1'000) < 11'000);
  CHECK_FALSE(out->closed());
  at.offer(taking, room_a, 0, 3);  // who takes what is sent is sent everything
  for (std::uint64_t i = 0; i < 3; ++i) CHECK(std::stoull(read_frame(quick)->payload) == i);
}

}  // namespace tidewire::test
