#include "transport/frame_queue.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <random>
#include <string>

#include "tests/support/catch.hpp"
#include "transport/peer_socket.hpp"

namespace tidewire::transport {
namespace {

frame_ptr bytes_of(std::string bytes) { return std::make_shared<const frame>(frame{std::move(bytes)}); }

std::string gathered(const frame_queue& queue, std::size_t buffers) {
  std::vector<iovec> into(buffers);
  into.resize(queue.gather(into));
  std::string all;
  for (const auto& each : into) all.append(static_cast<const char*>(each.iov_base), each.iov_len);
  return all;
}

}  // namespace

TEST_CASE("A queue that is written in random portions yields every byte once, in order") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  byte_count total;
  frame_queue queue(total);
  std::string pushed;
  std::string written;
  for (int round = 0; round < 10'000; ++round) {
    if (random() % 2 == 0) {
      const std::string bytes(random() % 20, static_cast<char>('a' + round % 26));
      pushed += bytes;
      queue.push(bytes_of(bytes));
    } else {
      const auto offered = gathered(queue, 1 + random() % 5);
      const auto taken = offered.empty() ? 0 : random() % (offered.size() + 1);
      written += offered.substr(0, taken);
      queue.written(taken);
    }
    REQUIRE(queue.bytes() == pushed.size() - written.size());
    REQUIRE(total == queue.bytes());
    REQUIRE(queue.empty() == (pushed.size() == written.size()));
  }
  written += gathered(queue, 10'000);
  CHECK((written == pushed));
}

TEST_CASE("Dropping what has not begun keeps the rest of the frame that has") {
  byte_count total;
  frame_queue queue(total);
  for (const char* each : {"one", "two", "three"}) queue.push(bytes_of(each));
  CHECK(queue.longest() == 5);
  SECTION("in the middle of a frame") {
    queue.written(4);
    queue.drop_unstarted();
    CHECK(queue.bytes() == 2);
    CHECK(queue.longest() == 2);
    CHECK(total == 2);
    queue.push(bytes_of("!"));
    CHECK(gathered(queue, 8) == "wo!");
  }
  SECTION("between frames") {
    queue.written(3);
    queue.drop_unstarted();
    CHECK(queue.empty());
    queue.push(bytes_of("!"));
    CHECK(gathered(queue, 8) == "!");
  }
}

// On a socket that keeps record boundaries each system call is a record.
TEST_CASE("A flush takes one system call for many frames") {
  std::array<int, 2> pair{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair.data()) == 0);
  boost::asio::io_context context;
  stream_socket raw(context);
  raw.assign(boost::asio::generic::stream_protocol(AF_UNIX, 0), pair[0]);
  peer_socket socket(std::move(raw));

  byte_count total;
  frame_queue queue(total);
  for (int i = 0; i < 300; ++i) queue.push(bytes_of("0123456789"));
  CHECK(socket.flush(queue) == peer_socket::outcome::done);
  CHECK(queue.empty());
  std::array<char, 10'000> buffer;
  std::vector<ssize_t> records;
  for (ssize_t got = 0; (got = ::recv(pair[1], buffer.data(), buffer.size(), 0)) > 0;) records.push_back(got);
  CHECK(records == std::vector<ssize_t>{1'280, 1'280, 440});
  ::close(pair[1]);
}

}  // namespace tidewire::transport
