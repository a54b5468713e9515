#include "schemas/statistics/publish_trace.hpp"

#include <stdexcept>
#include <thread>

#include "schemas/statistics/chrome_trace.hpp"
#include "schemas/statistics/cycle_clock.hpp"
#include "schemas/statistics/publish_ways.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;

namespace {

// A handler of an actor: what it does, then what its account says of it.
template <class Does>
void handle(std::string_view kind, std::string_view actor, Does does) {
  const auto begun = cycle_clock::now();
  does();
  const auto end = cycle_clock::now();
  publish_trace::handled(kind, actor, end, cycle_clock::ns(begun, end));
}

struct request {
  std::vector<int> operations = {1, 2, 3};
};

publish_trace::request make_request() { return std::make_shared<const request>(); }

// What the record says of one publish: "kind: steps" of each stop.
std::vector<std::string> way(const publish_record& of, std::size_t publish) {
  std::vector<std::string> all;
  const auto ways = ways_of(of);
  for (const auto& each : ways[publish]) all.push_back(each.in->kind + ": " + each.steps);
  return all;
}

}  // namespace

TEST_CASE("while nobody traces nothing is kept") {
  const auto what = make_request();
  handle("gateway", "gateway", [&] { publish_trace::begin(what, "r", 1, 1); });
  publish_trace::start(1);
  handle("room", "room r", [&] { publish_trace::pass(what, "take"); });
  const auto record = publish_trace::stop();
  CHECK(record.seen == 0);
  CHECK(record.slices.empty());
}

TEST_CASE("a publish is followed by its request, then by room and offset, then by who asked") {
  publish_trace::start(1);
  const auto whole = std::make_shared<const request>();
  const std::shared_ptr<const int> part(whole, &whole->operations[1]);
  handle("gateway", "gateway", [&] { publish_trace::begin(whole, "r", 7, 1); });
  std::thread([&] {
    handle("room", "room r", [&] {
      publish_trace::pass(whole, "take");
      publish_trace::order(whole, "r", 41);
      publish_trace::order(whole, "r", 42);  // the first one stands for all
    });
    handle("entity", "entity", [&] { publish_trace::pass(part, "apply"); });
  }).join();
  handle("journal", "journal", [&] { publish_trace::pass("r", 40, 50, "write"); });
  handle("journal", "journal", [&] { publish_trace::pass("r", 42, 50, "write"); });
  handle("journal", "journal", [&] { publish_trace::pass("other", 40, 50, "write"); });
  publish_trace::load carried;
  publish_trace::take_along(carried, "r", 41, 41);
  { const publish_trace::job delivers(carried, "outbox", "queue"); }
  handle("gateway", "gateway", [&] { publish_trace::answer(8, 1); });
  handle("gateway", "gateway", [&] { publish_trace::answer(7, 1); });
  const auto record = publish_trace::stop();
  REQUIRE(record.publishes.size() == 1);
  CHECK(record.publishes[0].offset == 41);
  CHECK(record.publishes[0].answered_ns >= record.publishes[0].begun_ns);
  CHECK(way(record, 0) == std::vector<std::string>{"gateway: publish", "room: take, order", "entity: apply", "journal: write",
                                                   "outbox: queue", "gateway: answer"});
  CHECK(record.threads.size() == 2);
  std::uint64_t before = 0;
  for (const auto& each : record.slices) {
    CHECK(each.from_ns <= each.to_ns);
    CHECK(each.from_ns >= before);
    before = each.to_ns;
    for (const auto& made : each.passages) CHECK((made.at_ns >= each.from_ns && made.at_ns <= each.to_ns));
  }
}

TEST_CASE("a request that has gone is not mistaken for the next one in its place") {
  publish_trace::start(1);
  auto first = make_request();
  handle("gateway", "gateway", [&] { publish_trace::begin(first, "r", 1, 1); });
  for (int i = 0; i < 100; ++i) {
    first = make_request();
    handle("room", "room r", [&] { publish_trace::pass(first, "take"); });
  }
  CHECK(publish_trace::stop().slices.size() == 1);
}

TEST_CASE("one of so many is followed") {
  publish_trace::start(10);
  std::vector<publish_trace::request> all(95);
  for (auto& each : all) {
    each = make_request();
    handle("gateway", "gateway", [&] { publish_trace::begin(each, "r", 1, 1); });
  }
  const auto record = publish_trace::stop();
  CHECK(record.seen == 95);
  CHECK(record.publishes.size() == 10);
  CHECK(record.slices.size() == 10);
}

TEST_CASE("what a handler noted that threw belongs to no other") {
  publish_trace::start(1);
  const auto what = make_request();
  handle("gateway", "gateway", [&] { publish_trace::begin(what, "r", 1, 1); });
  CHECK_THROWS(handle("room", "room r", [&] {
    publish_trace::pass(what, "take");
    throw std::runtime_error("a fault");
  }));
  std::this_thread::yield();
  const auto begun = cycle_clock::now();
  while (cycle_clock::ns(begun, cycle_clock::now()) < 10'000) {}
  handle("session", "session", [] {});
  const auto record = publish_trace::stop();
  CHECK(record.slices.size() == 1);
  CHECK(record.passages_dropped == 1);
}

TEST_CASE("what does not fit is counted") {
  publish_trace::start(1);
  std::vector<publish_trace::request> all(publish_trace::publishes_max + 5);
  for (auto& each : all) {
    each = make_request();
    handle("gateway", "gateway", [&] { publish_trace::begin(each, "r", 1, 1); });
  }
  for (int round = 0; round < 10; ++round)
    for (const auto& each : all) handle("room", "room r", [&] { publish_trace::pass(each, "take"); });
  const auto record = publish_trace::stop();
  CHECK(record.publishes.size() == publish_trace::publishes_max);
  CHECK(record.publishes_dropped == 5);
  CHECK(record.slices.size() == publish_trace::slices_max);
  CHECK(record.slices_dropped == publish_trace::publishes_max);
  publish_trace::start(1);
  const auto what = make_request();
  handle("gateway", "gateway", [&] { publish_trace::begin(what, "r", 1, 1); });
  for (std::size_t left = publish_trace::passages_max + 10; left > 0; left -= 10)
    handle("room", "room r", [&] {
      for (int i = 0; i < 10; ++i) publish_trace::pass(what, "take");
    });
  CHECK(publish_trace::stop().passages_dropped >= 10);
}

TEST_CASE("what comes after the end, or from the trace before, is nobody's") {
  publish_trace::start(1);
  const auto what = make_request();
  publish_trace::begin(what, "r", 1, 1);
  publish_trace::order(what, "r", 1);
  publish_trace::load carried;
  publish_trace::take_along(carried, "r", 1, 1);
  CHECK(publish_trace::stop().slices.empty());
  publish_trace::start(1);
  handle("gateway", "gateway", [] {});
  { const publish_trace::job delivers(carried, "outbox", "queue"); }
  publish_trace::pass("r", 1, 1, "write");
  const auto record = publish_trace::stop();
  CHECK(record.slices.empty());
  CHECK(record.publishes.empty());
}

TEST_CASE("the text is that of Chrome's traces") {
  publish_record record;
  record.seconds = 2;
  record.seen = 1;
  record.publishes = {{"a\"b", 5, 1'000, 9'500}};
  record.threads = {{11, "io-0"}, {12, "writer"}};
  record.slices = {{0, "gateway", "gateway", 500, 1'500, {{0, 1'000, "publish"}}},
                   {1, "room", "room a", 2'000, 4'007, {{0, 3'000, "take"}, {0, 3'001, "order"}}}};
  CHECK(
      chrome_trace(record, 99) ==
      R"({"displayTimeUnit":"ms","otherData":{"seconds":2,"sample":1,"publishes":1,"sampled":1,"publishes_dropped":0,"slices_dropped":0,)"
      R"("passages_dropped":0,"answered":1,"answered_p50_us":8.500,"answered_p99_us":8.500,"spent":[)"
      R"({"what":"gateway: publish","stops":1,"waited_p50_us":0.000,"waited_p99_us":0.000,"handler_p50_us":1.000,"handler_p99_us":1.000},)"
      R"({"what":"room: take, order","stops":1,"waited_p50_us":0.500,"waited_p99_us":0.500,"handler_p50_us":2.007,"handler_p99_us":2.007}]},)"
      R"("traceEvents":[{"name":"process_name","ph":"M","pid":99,"tid":0,"ts":0.000,"args":{"name":"tidewire"}},)"
      R"({"name":"thread_name","ph":"M","pid":99,"tid":11,"ts":0.000,"args":{"name":"io-0"}},)"
      R"({"name":"thread_name","ph":"M","pid":99,"tid":12,"ts":0.000,"args":{"name":"writer"}},)"
      R"({"name":"gateway: publish","cat":"gateway","ph":"X","pid":99,"tid":11,"ts":0.500,"dur":1.000,"args":{"actor":"gateway","publishes":[0]}},)"
      R"({"name":"room: take, order","cat":"room","ph":"X","pid":99,"tid":12,"ts":2.000,"dur":2.007,"args":{"actor":"room a","publishes":[0]}},)"
      R"({"name":"way","cat":"way","id":0,"ph":"s","pid":99,"tid":11,"ts":1.000},)"
      R"({"name":"way","cat":"way","id":0,"ph":"f","pid":99,"tid":12,"ts":3.000,"bp":"e"},)"
      R"({"name":"a\"b","cat":"publish","id":0,"ph":"b","pid":99,"tid":0,"ts":1.000,"args":{"offset":5}},)"
      R"({"name":"a\"b","cat":"publish","id":0,"ph":"e","pid":99,"tid":0,"ts":9.500}]})");
}
