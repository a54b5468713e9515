#include "schemas/access/address_range.hpp"

#include "tests/support/catch.hpp"

using namespace tidewire;

namespace {

std::vector<address_range> ranges(std::initializer_list<const char*> texts) {
  std::vector<address_range> made;
  for (const auto* text : texts) made.push_back(address_range::parse(text).value());
  return made;
}

std::string behind(std::initializer_list<std::string_view> forwarded) {
  const auto proxies = ranges({"127.0.0.1", "10.0.0.0/8", "fd00::/8"});
  return client_behind(proxies, "127.0.0.1", std::vector<std::string_view>(forwarded));
}

}  // namespace

TEST_CASE("ranges of addresses hold what shares their prefix") {
  CHECK(contains(ranges({"10.0.0.0/8"}), "10.255.0.1"));
  CHECK_FALSE(contains(ranges({"10.0.0.0/8"}), "11.0.0.1"));
  CHECK(contains(ranges({"192.0.2.128/25"}), "192.0.2.129"));
  CHECK_FALSE(contains(ranges({"192.0.2.128/25"}), "192.0.2.127"));
  CHECK(contains(ranges({"192.0.2.1"}), "::ffff:192.0.2.1"));
  CHECK(contains(ranges({"0.0.0.0/0"}), "203.0.113.9"));
  CHECK_FALSE(contains(ranges({"0.0.0.0/0"}), "2001:db8::1"));
  CHECK(contains(ranges({"::/0"}), "203.0.113.9"));
  CHECK(contains(ranges({"192.0.2.1", "2001:db8::/33"}), "2001:db8:7fff::1"));
  CHECK_FALSE(contains(ranges({"2001:db8::/33"}), "2001:db8:8000::1"));
  CHECK_FALSE(contains(ranges({"10.0.0.0/8"}), "unknown"));
  CHECK_FALSE(contains({}, "10.0.0.1"));
}

TEST_CASE("what is no range is refused") {
  for (const auto* text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.1/8", "::1/129", "::1/64", "10.0.0",
                           "localhost", "[::1]", "fe80::1%eth0", "10.0.0.0/8/8"}) {
    INFO(text);
    CHECK_FALSE(address_range::parse(text));
  }
}

TEST_CASE("the client is the first, from the end, who is no proxy of ours") {
  CHECK(behind({"203.0.113.9"}) == "203.0.113.9");
  CHECK(behind({"203.0.113.9, 10.1.2.3"}) == "203.0.113.9");
  CHECK(behind({"203.0.113.9", "10.1.2.3"}) == "203.0.113.9");
  CHECK(behind({"198.51.100.7, 203.0.113.9"}) == "203.0.113.9");  // what a client says of itself does not count
  CHECK(behind({"198.51.100.7", "203.0.113.9 , fd00::2,\t10.0.0.1"}) == "203.0.113.9");
  CHECK(behind({"[2001:db8::1]:4711"}) == "2001:db8::1");
  CHECK(behind({"203.0.113.9:4711"}) == "203.0.113.9");
  CHECK(behind({"2001:DB8:0::1"}) == "2001:db8::1");
}

TEST_CASE("what is no address ends the list") {
  CHECK(behind({}) == "127.0.0.1");
  CHECK(behind({""}) == "127.0.0.1");
  CHECK(behind({"unknown"}) == "127.0.0.1");
  CHECK(behind({"203.0.113.9, unknown, 10.1.2.3"}) == "10.1.2.3");
  CHECK(behind({"203.0.113.9,"}) == "127.0.0.1");
  CHECK(behind({"[", "[]", "]"}) == "127.0.0.1");
  CHECK(behind({"10.0.0.1"}) == "10.0.0.1");  // a proxy that asks for itself
  CHECK(behind({std::string(10'000, ',')}) == "127.0.0.1");
}
