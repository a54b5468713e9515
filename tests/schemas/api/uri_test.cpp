#include "schemas/api/uri.hpp"

#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::api;

TEST_CASE("percent decoding is strict") {
  CHECK(percent_decode("a%2Fb%2fc+%20%25") == "a/b/c+ %");
  CHECK(percent_decode("gr%C3%B6%C3%9Fe") == "größe");
  CHECK(percent_decode("") == "");
  CHECK(percent_encode("größe/a b+%~") == "gr%C3%B6%C3%9Fe%2Fa%20b%2B%25%7E");
  for (const auto* wrong : {"%", "%2", "%zz", "a%2", "%C3", "%C0%AF", "%ED%A0%80", "%FF", "%%20", "% 2"}) {
    INFO(wrong);
    CHECK_FALSE(percent_decode(wrong));
  }
}

TEST_CASE("targets are split before they are decoded") {
  const auto target = split_target("/api/v1/rooms/host%3Aa%2Fb/entities/cpu%2F0?limit=10&cursor=a%3Db%26c&reverse&tag=x=y");
  REQUIRE(target);
  CHECK(target->segments == std::vector<std::string>{"api", "v1", "rooms", "host:a/b", "entities", "cpu/0"});
  REQUIRE(target->parameters.size() == 4);
  CHECK(*target->find("limit") == "10");
  CHECK(*target->find("cursor") == "a=b&c");
  CHECK(target->find("reverse")->empty());
  CHECK(*target->find("tag") == "x=y");
  CHECK(target->find("absent") == nullptr);
}

TEST_CASE("small targets") {
  CHECK(split_target("/")->segments.empty());
  CHECK(split_target("/?")->parameters.empty());
  CHECK(split_target("/a/")->segments == std::vector<std::string>{"a"});
  CHECK(split_target("/a?&x=1&")->parameters.size() == 1);
  CHECK(split_target("/caf\xc3\xa9")->segments == std::vector<std::string>{"café"});
}

TEST_CASE("targets that are refused") {
  for (const auto* wrong :
       {"",     "a",    "*",      "http://x/a", "//", "//a",    "/a//b",      "/a//",         "/.",    "/a/../b",    "/%2e%2E/b",
        "/a#b", "/a b", "/a\x7f", "/a\n",       "/%", "/a?x=%", "/a?x=1&x=2", "/a?x=1&%78=2", "/\xff", "/a?\xc0\xaf"}) {
    INFO(wrong);
    const auto target = split_target(wrong);
    REQUIRE_FALSE(target);
    CHECK(target.error().code == errc::bad_request);
  }
}
