// Server-sent events from bytes, however they are cut.
#include "schemas/protocol/event_stream_reader.hpp"

#include <vector>

#include "tests/support/catch.hpp"

using namespace tidewire;
using protocol::event_stream_reader;
using protocol::server_event;

namespace {

std::string told(std::string_view text, std::size_t piece) {
  event_stream_reader reader(1'000);
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += piece)
    REQUIRE(
        reader.feed(text.substr(at, piece), [&](const server_event& each) { out += each.name + '|' + each.data + '|' + each.id + ';'; }));
  return out;
}

void check(std::string_view text, const std::string& expected) {
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    INFO("pieces of " << piece);
    CHECK(told(text, piece) == expected);
  }
}

}  // namespace

TEST_CASE("events end with an empty line; comments and unknown fields are nothing") {
  check(": hello\nretry: 20\n\nid: e.1\nevent: live\ndata: {}\n\nother: 1\ndata:x\n\n", "live|{}|e.1;|x|e.1;");
}

TEST_CASE("lines of data are joined; a field without a colon is empty; one space is cut") {
  check("data: a\ndata:  b\ndata\n\n", "|a\n b\n|;");
}

TEST_CASE("all three line breaks, and a byte order mark") {
  check(
      "\xEF\xBB\xBF"
      "data: a\r\rdata: b\r\n\r\ndata: c\n\n",
      "|a|;|b|;|c|;");
}

TEST_CASE("an event without data is none, but its id counts; one that is not finished is not told") {
  check("id: 7\nevent: x\n\ndata: a\n\ndata: unfinished\n", "|a|7;");
}

TEST_CASE("an id with a zero is ignored; the server may say when to come back") {
  check(std::string_view("id: 1\nid: a\0b\ndata: x\n\n", 23), "|x|1;");
  event_stream_reader reader(100);
  REQUIRE(reader.feed("retry: 1500\nretry: soon\n", [](const server_event&) {}));
  CHECK(reader.retry_ms() == 1'500);
}

TEST_CASE("what is too long is refused, as one line and as many") {
  event_stream_reader one(50);
  CHECK(one.feed("data: " + std::string(60, 'x'), [](const server_event&) {}).error().code == errc::payload_too_large);
  event_stream_reader many(50);
  std::string lines;
  for (int i = 0; i < 20; ++i) lines += "data: xxxx\n";
  CHECK(many.feed(lines, [](const server_event&) {}).error().code == errc::payload_too_large);
}
