#include "transport/flush_ring.hpp"

#include <memory>
#include <string>

#include "tests/support/catch.hpp"

using tidewire::transport::flush_ring;

namespace {

class writer final : public flush_ring::member {
 public:
  writer(char name, std::string& log) : name_(name), log_(log) {}
  void take_turn() override { log_ += name_; }

 private:
  char name_;
  std::string& log_;
};

}  // namespace

TEST_CASE("Writers take turns in the order in which they entered") {
  std::string log;
  writer a('a', log), b('b', log), c('c', log);
  flush_ring ring;
  CHECK(ring.empty());
  for (auto* each : {&b, &a, &c}) ring.enter(*each);

  SECTION("as many as the turn allows") {
    ring.turn(2);
    CHECK(log == "ba");
    ring.turn(2);
    CHECK(log == "bac");
    CHECK(ring.empty());
  }
  SECTION("who waits already keeps its place") {
    ring.enter(b);
    ring.turn(1);
    ring.enter(b);
    ring.turn(10);
    CHECK(log == "bacb");
  }
}

TEST_CASE("A writer that is gone is not in the ring") {
  std::string log;
  flush_ring ring;
  writer a('a', log);
  auto b = std::make_unique<writer>('b', log);
  ring.enter(*b);
  ring.enter(a);
  b.reset();
  ring.turn(10);
  CHECK(log == "a");
}
