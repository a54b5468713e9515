#include "bench/load/parts/deliveries.hpp"

#include "tests/support/catch.hpp"

namespace tidewire::load {
namespace {

// Two rooms, two publishers, two subscribers of each room: 0 and 2 in room 0, 1 and 3 in room 1.
struct story {
  deliveries account{{2, 2, 2, 8}};

  std::vector<marker> publish(unsigned room, unsigned publisher, unsigned count, std::int64_t due = 0) {
    std::vector<marker> all;
    for (unsigned i = 0; i < count; ++i) all.push_back(account.begin(room, publisher, due));
    return all;
  }
  void deliver(unsigned subscriber, const std::vector<marker>& all, std::int64_t now = 0) {
    for (const auto& each : all) account.delivered(subscriber, each, now);
  }
};

TEST_CASE("all is well when every subscriber gets every publisher's sequence") {
  story in;
  const auto a = in.publish(0, 0, 3);
  const auto b = in.publish(0, 1, 2);
  in.deliver(0, {a[0], b[0], a[1], b[1], a[2]});
  in.deliver(2, {b[0], b[1], a[0], a[1]});
  CHECK(in.account.completed() == 4);
  CHECK(in.account.found().missing == 1);
  in.deliver(2, {a[2]});
  CHECK(in.account.completed() == 5);
  CHECK(in.account.arrived() == 10);
  CHECK_FALSE(in.account.found().any());
}

TEST_CASE("what is skipped is a gap, and missing until it comes after all") {
  story in;
  const auto a = in.publish(0, 0, 5);
  in.deliver(0, a);
  in.deliver(2, {a[0], a[3], a[4]});
  CHECK(in.account.found().gaps == 2);
  CHECK(in.account.found().missing == 2);
  CHECK(in.account.completed() == 3);
  in.deliver(2, {a[1]});
  CHECK(in.account.found().out_of_order == 1);
  CHECK(in.account.found().missing == 1);
  CHECK(in.account.found().duplicates == 0);
  CHECK(in.account.completed() == 4);
}

TEST_CASE("what comes twice, in the wrong room or from nowhere is a duplicate and no delivery") {
  story in;
  const auto a = in.publish(0, 0, 2);
  in.deliver(0, {a[0], a[0], a[1], a[0]});
  CHECK(in.account.found().duplicates == 2);
  in.deliver(1, {a[0]});
  CHECK(in.account.found().duplicates == 3);
  in.deliver(2, {{0, 0, 2}, {2, 0, 0}});
  CHECK(in.account.found().duplicates == 5);
  CHECK(in.account.completed() == 0);
  in.deliver(2, a);
  CHECK(in.account.completed() == 2);
  CHECK(in.account.found().missing == 0);
}

TEST_CASE("a lane has as many places as were asked for, and one is free when all have it") {
  story in;
  auto a = in.publish(1, 1, 8);
  CHECK_FALSE(in.account.has_place(1, 1));
  CHECK(in.account.has_place(1, 0));
  in.deliver(1, {a[0]});
  CHECK_FALSE(in.account.has_place(1, 1));
  in.deliver(3, {a[0]});
  CHECK(in.account.has_place(1, 1));
}

TEST_CASE("latency is from the time a publication was due, and early ones do not count") {
  story in;
  in.deliver(0, {in.publish(0, 0, 1, 10)[0]}, 90);
  CHECK(in.account.latency().count() == 0);
  const auto early = in.publish(0, 0, 1, 100);
  const auto late = in.publish(0, 0, 1, 200);
  in.account.count_from(150);
  in.deliver(0, {early[0], late[0]}, 250);
  CHECK(in.account.latency().count() == 1);
  CHECK(in.account.latency().max() == 50);
  CHECK(in.account.slices().empty());
}

TEST_CASE("latencies of each stretch of time are those of what was due in it") {
  story in;
  const auto first = in.publish(0, 0, 1, 150);
  const auto third = in.publish(0, 0, 1, 350);
  in.account.count_from(150, 100);
  in.deliver(0, {first[0], third[0]}, 400);
  REQUIRE(in.account.slices().size() == 3);
  CHECK(in.account.slices()[0].max() == 250);
  CHECK(in.account.slices()[1].count() == 0);
  CHECK(in.account.slices()[2].max() == 50);
  CHECK(in.account.latency().count() == 2);
}

}  // namespace
}  // namespace tidewire::load
