#include "schemas/api/media_type.hpp"

#include "tests/support/catch.hpp"

using namespace tidewire::api;

TEST_CASE("media types lose their parameters and their case") {
  CHECK(media_type("application/json") == "application/json");
  CHECK(media_type(" Application/JSON ; charset=UTF-8") == "application/json");
  CHECK(media_type("application/cloudevents+json; charset=\"utf-8\"; x=y") == "application/cloudevents+json");
  CHECK(media_type("text/plain;") == "text/plain");
}

TEST_CASE("media types that are refused") {
  for (const auto* wrong : {"", "xyz", "/json", "application/", "a b/c", "application/json, text/plain", "application/json; charset=latin1",
                            "application/json; a=b; Charset = utf-16"}) {
    INFO(wrong);
    CHECK(media_type(wrong).empty());
  }
}

TEST_CASE("which media types are JSON") {
  CHECK(is_json("application/json"));
  CHECK(is_json("text/json"));
  CHECK(is_json("application/geo+json"));
  CHECK_FALSE(is_json("application/jsonlines"));
  CHECK_FALSE(is_json("text/plain"));
}
