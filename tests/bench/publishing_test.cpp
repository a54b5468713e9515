#include "bench/load/dialects/dialects.hpp"
#include "bench/load/parts/http_publications.hpp"
#include "bench/load/parts/requests.hpp"
#include "tests/bench/receiver.hpp"
#include "tests/support/catch.hpp"

namespace tidewire::load {
namespace {

using places = std::vector<std::uint64_t>;

TEST_CASE("requests: a connection has so many open as it may, and each answer makes place for one") {
  requests account({2, 1, 3});
  account.count_from(0);
  for (int i = 0; i < 3; ++i) account.begin(0, 0, 10, 100);
  CHECK_FALSE(account.has_place(0));
  CHECK(account.has_place(1));
  account.answered(0, {0, {}, {}}, 150);
  CHECK(account.has_place(0));
  CHECK(account.acknowledged() == 10);
  CHECK(account.unanswered() == 2);
  CHECK(account.latency().max() == 50);
}

TEST_CASE("requests: answers may overtake each other, but a request left behind holds its connection up in the end") {
  requests account({1, 1, 2});
  account.begin(0, 0, 1, 0);
  std::uint64_t newest = 0;
  while (account.has_place(0)) {
    account.begin(0, 0, 1, 0);
    account.answered(0, {++newest, {}, {}}, 1);
  }
  CHECK(newest == 15);
  account.answered(0, {0, {}, {}}, 1);
  CHECK(account.has_place(0));
  CHECK(account.unanswered() == 0);
  CHECK_FALSE(account.found().any());
}

TEST_CASE("requests: an answer to nothing, or a second one, is a duplicate") {
  requests account({1, 1, 2});
  account.answered(0, {0, {}, {}}, 1);
  account.begin(0, 0, 1, 0);
  account.answered(0, {0, {}, {}}, 1);
  account.answered(0, {0, {}, {}}, 1);
  account.answered(0, {16, {}, {}}, 1);
  CHECK(account.found().duplicates == 3);
  CHECK(account.acknowledged() == 1);
}

TEST_CASE("requests: places grow in each room, for each connection") {
  requests account({2, 2, 8});
  std::vector<std::uint64_t> nth(2);
  const auto answer = [&](unsigned connection, unsigned room, const places& where) {
    account.begin(connection, room, static_cast<unsigned>(where.size()), 0);
    account.answered(connection, {nth[connection]++, where, room}, 1);
    return account.found().out_of_order;
  };
  CHECK(answer(0, 0, {5, 6}) == 0);
  CHECK(answer(0, 1, {1}) == 0);
  CHECK(answer(1, 0, {3, 4}) == 0);
  CHECK(answer(0, 0, {6}) == 1);
  CHECK(answer(0, 0, {9, 8}) == 2);
  CHECK(account.complaint().empty());
}

TEST_CASE("requests: an answer names the room and every publication") {
  const places two{1, 2};
  requests account({1, 2, 2});
  account.begin(0, 0, 3, 0);
  account.answered(0, {0, two, 0}, 1);
  CHECK(account.complaint() == "an answer tells of 2 publications, but there were 3");

  requests other({1, 2, 2});
  other.begin(0, 0, 2, 0);
  other.answered(0, {0, two, 1}, 1);
  CHECK(other.complaint() == "an answer is of room 1, but published was to room 0");
}

TEST_CASE("requests: what went out before the measuring time has no latency") {
  requests account({1, 1, 2});
  account.begin(0, 0, 1, 5);
  account.answered(0, {0, {}, {}}, 8);
  CHECK(account.latency().count() == 0);
  account.begin(0, 0, 1, 10);
  account.begin(0, 0, 1, 20);
  account.count_from(20);
  account.answered(0, {1, {}, {}}, 100);
  account.answered(0, {2, {}, {}}, 100);
  CHECK(account.latency().count() == 1);
}

TEST_CASE("HTTP publications are written, with a key and without") {
  std::string body;
  append_http_publication(body, "", R"({"a":1})");
  append_http_publication(body, "k", "{}");
  CHECK(body == R"({"data":{"a":1}}{"op":"set","key":"k","data":{}})");
}

TEST_CASE("answers to HTTP publications say where they stand") {
  http_places found;
  CHECK(read_http_places(R"({"room":"bench:7","epoch":"b5","offset":12,"version":12})", found));
  CHECK(found.room == 7);
  CHECK(found.offsets == places{12});
  CHECK(read_http_places(R"([{"room":"bench:1","epoch":"b","offset":3},{"room":"bench:1","epoch":"b","offset":4}])", found));
  CHECK(found.room == 1);
  CHECK(found.offsets == places{3, 4});
  CHECK_FALSE(read_http_places(R"([{"room":"bench:1","offset":3},{"room":"bench:2","offset":4}])", found));
  for (const auto* other : {"", "[]", R"({"type":"/problems/not-found"})", R"({"room":"bench:1"})", R"({"room":"bench:1","offset":"x"})"})
    CHECK_FALSE(read_http_places(other, found));
}

TEST_CASE("pages of rooms are added up and say whether there are more") {
  const auto more =
      read_rooms_page(R"({"data":[{"room":"bench:0","offset":5},{"room":"bench:1","offset":6}],"next_cursor":"cm","has_more":true})");
  REQUIRE(more);
  CHECK(more->publications == 11);
  CHECK(more->next_cursor == "cm");
  const auto last = read_rooms_page(R"({"data":[],"next_cursor":null,"has_more":false})");
  REQUIRE(last);
  CHECK(last->publications == 0);
  CHECK(last->next_cursor.empty());
  CHECK_FALSE(read_rooms_page(R"({"type":"about:blank"})"));
}

struct publishing final : session {
  publishing() : session(role::publisher, 0) {}
  void send(std::string_view) override {}
  void taken(std::uint64_t nth, std::uint64_t place) override {
    session::taken(nth, place);
    told.emplace_back(nth, place);
  }
  std::vector<std::pair<std::uint64_t, std::uint64_t>> told;
};

TEST_CASE("Centrifuge: a reply says which publication it answers; a key names an entity") {
  const auto speech = make_centrifuge();
  publishing who;
  speech->begin(who);
  std::string out;
  speech->append_publish(out, who, {3, "{}", "k"});
  CHECK(out == R"({"id":3,"publish":{"channel":"bench:3","data":{},"key":"k"}})");
  speech->hear(who, "{\"id\":4,\"publish\":{}}\n{\"id\":3,\"publish\":{}}", false);
  CHECK(who.told == decltype(who.told){{1, 0}, {0, 0}});
}

TEST_CASE("Redis streams: entries get ids that grow, in pieces of any size") {
  const auto speech = make_resp_streams();
  publishing publisher;
  std::string out;
  speech->append_publish(out, publisher, {3, "{}"});
  CHECK(out == "*5\r\n$4\r\nXADD\r\n$7\r\nbench:3\r\n$1\r\n*\r\n$1\r\nd\r\n$2\r\n{}\r\n");
  CHECK(stream_length_command(3) == "*2\r\n$4\r\nXLEN\r\n$7\r\nbench:3\r\n");

  const std::string answers = "+PONG\r\n$3\r\n7-0\r\n$4\r\n7-11\r\n$3\r\n8-0\r\n:5\r\n";
  for (const std::size_t piece : {answers.size(), std::size_t{3}, std::size_t{1}}) {
    publishing who;
    test::receiver from(*speech, who, 200);
    from.take_in_pieces(answers, piece);
    CHECK(who.ready);
    REQUIRE(who.told.size() == 4);
    for (std::size_t i = 0; i < 4; ++i) CHECK(who.told[i].first == i);
    CHECK(who.told[0].second > 0);
    CHECK(who.told[1].second > who.told[0].second);
    CHECK(who.told[2].second > who.told[1].second);
    CHECK(who.told[3].second == 5);
    CHECK(who.trouble.empty());
  }
  speech->hear(publisher, "-OOM command not allowed\r\n", false);
  CHECK(publisher.trouble == "-OOM command not allowed");
}

}  // namespace
}  // namespace tidewire::load
