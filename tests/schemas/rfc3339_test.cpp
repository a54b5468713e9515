#include "schemas/rfc3339.hpp"

#include "tests/support/catch.hpp"

using namespace tidewire;

TEST_CASE("times are written in UTC with milliseconds") {
  const auto text = [](std::int64_t ms) {
    std::string out;
    append_rfc3339(out, ms);
    return out;
  };
  CHECK(text(0) == "1970-01-01T00:00:00.000Z");
  CHECK(text(-1) == "1969-12-31T23:59:59.999Z");
  CHECK(text(1'709'251'199'999) == "2024-02-29T23:59:59.999Z");
  CHECK(text(253'402'300'799'999) == "9999-12-31T23:59:59.999Z");
}

TEST_CASE("times that are RFC 3339") {
  for (const auto* good : {"2018-04-05T17:31:00Z", "2018-04-05T17:31:00.123456789Z", "2018-04-05t17:31:00z", "2018-04-05T17:31:00+23:59",
                           "2018-04-05T17:31:00-00:00", "2024-02-29T00:00:00Z", "2016-12-31T23:59:60Z", "0000-01-01T00:00:00Z"}) {
    INFO(good);
    CHECK(valid_rfc3339(good));
  }
}

TEST_CASE("times that are not") {
  for (const auto* bad : {"",
                          "2018-04-05",
                          "2018-04-05T18:31Z",
                          "2018-04-05T17:31:00",
                          "2018-04-05T17:31:00+25:00",
                          "2018-04-05T17:31:00+05",
                          "2018-04-05T17:31:00+05:60",
                          "2018-04-05T17:31:00+0500",
                          "2018-02-30T00:00:00Z",
                          "2023-02-29T00:00:00Z",
                          "2018-13-01T00:00:00Z",
                          "2018-00-01T00:00:00Z",
                          "2018-04-05T24:00:00Z",
                          "2018-04-05T17:60:00Z",
                          "2018-04-05T17:31:61Z",
                          "2018-04-05T17:31:00.Z",
                          "2018-04-05 17:31:00Z",
                          "18-04-05T17:31:00Z",
                          "2018-04-05T17:31:00Zx",
                          " 2018-04-05T17:31:00Z",
                          "2018-4-5T17:31:00Z"}) {
    INFO(bad);
    CHECK_FALSE(valid_rfc3339(bad));
  }
}

TEST_CASE("a time is read as it was written") {
  CHECK(parse_rfc3339("1970-01-01T00:00:00Z") == 0);
  CHECK(parse_rfc3339("2024-02-29T23:59:59.999Z") == 1'709'251'199'999);
  CHECK(parse_rfc3339("2024-02-29T23:59:59.9999999z") == 1'709'251'199'999);
  CHECK(parse_rfc3339("2024-02-29T23:59:59.9Z") == 1'709'251'199'900);
  CHECK(parse_rfc3339("2024-03-01T02:59:59.999+03:00") == 1'709'251'199'999);
  CHECK(parse_rfc3339("2024-02-29T12:29:59.999-11:30") == 1'709'251'199'999);
  CHECK(parse_rfc3339("9999-12-31T23:59:59.999Z") == rfc3339_ms_max);
  CHECK_FALSE(parse_rfc3339("2024-02-30T00:00:00Z"));
  CHECK_FALSE(parse_rfc3339("2024-02-29T23:59:59"));
  CHECK_FALSE(parse_rfc3339("2024-02-29T23:59:59+"));
}
