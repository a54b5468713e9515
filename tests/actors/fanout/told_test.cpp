// Which rooms have most to tell, as the broadcaster notes it.
#include "tests/actors/fanout/stage.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::test;

TEST_CASE("a room is noted when its publications and deliveries have come to some hundreds, and from then on anew") {
  stage in;
  for (int i = 0; i < 9; ++i) in.attach(in.connect(), "a");
  for (std::uint64_t offset = 1; offset <= 25; ++offset) {
    in.tell("a", {keyless(offset)});
    in.settle();
  }
  CHECK(in.io.told.empty());
  in.tell("a", {keyless(26)});
  in.settle();
  CHECK(in.io.told == std::vector<std::string>{"a 26 234"});
  in.tell("a", {keyless(27)});
  in.settle();
  CHECK(in.io.told.size() == 1);
}
