#include "schemas/trace_context.hpp"

#include <string>

#include "tests/support/catch.hpp"

using namespace tidewire;

namespace {

const std::string good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

bool taken(const std::string& text) { return parse_traceparent(text).has_value(); }

std::string with(std::size_t at, const std::string& instead) { return std::string(good).replace(at, instead.size(), instead); }

}  // namespace

TEST_CASE("the parts of a traceparent") {
  const auto read = parse_traceparent(good);
  REQUIRE(read);
  CHECK(read->trace_id == "0af7651916cd43dd8448eb211c80319c");
  CHECK(read->parent_id == "b7ad6b7169203331");
  CHECK(read->sampled);
  CHECK_FALSE(parse_traceparent(with(53, "00"))->sampled);
  CHECK_FALSE(parse_traceparent(with(53, "fe"))->sampled);
  CHECK(parse_traceparent(with(53, "ff"))->sampled);
}

TEST_CASE("what is not of that form is none") {
  CHECK_FALSE(taken(""));
  for (std::size_t length = 0; length < good.size(); ++length) CHECK_FALSE(taken(good.substr(0, length)));
  CHECK_FALSE(taken(good + "-"));
  CHECK_FALSE(taken(good + " "));
  CHECK_FALSE(taken(" " + good));
  CHECK_FALSE(taken(std::string(100'000, 'a')));
  for (std::size_t at = 0; at < good.size(); ++at)
    for (const auto* wrong : {"A", "g", ".", "\xff", "_"}) CHECK_FALSE(taken(with(at, wrong)));
  for (const std::size_t dash : {2U, 35U, 52U}) CHECK_FALSE(taken(with(dash, "0")));
  CHECK_FALSE(taken(with(3, std::string(32, '0'))));
  CHECK_FALSE(taken(with(36, std::string(16, '0'))));
  CHECK_FALSE(taken(with(3, std::string(1, '\0'))));
}

TEST_CASE("of a later version what is known is read, and more may follow; ff is no version") {
  CHECK(taken(with(0, "01")));
  CHECK(taken(with(0, "cc") + "-what-the-future-brings"));
  CHECK(taken(with(0, "cc") + "-"));
  CHECK_FALSE(taken(with(0, "cc") + ".what"));
  CHECK_FALSE(taken(with(0, "ff")));
  CHECK_FALSE(taken(with(0, "0F")));
}
