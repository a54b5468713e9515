#include "schemas/config/quantity.hpp"
#include "schemas/config/nearest.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire::config;

TEST_CASE("durations") {
  CHECK(parse_duration_ms("500ms") == 500);
  CHECK(parse_duration_ms("90s") == 90'000);
  CHECK(parse_duration_ms("5m") == 300'000);
  CHECK(parse_duration_ms("24h") == 86'400'000);
  CHECK(parse_duration_ms("7d") == 604'800'000);
  CHECK(parse_duration_ms("0s") == 0);
  for (const auto* wrong : {"", "s", "5", "5 s", "-5s", "+5s", "1.5h", "5S", "5sec", "99999999999999999999s", "18446744073709551615d"}) {
    INFO(wrong);
    CHECK_FALSE(parse_duration_ms(wrong));
  }
}

TEST_CASE("sizes") {
  CHECK(parse_size_bytes("12B") == 12);
  CHECK(parse_size_bytes("1kB") == 1'000);
  CHECK(parse_size_bytes("64KiB") == 65'536);
  CHECK(parse_size_bytes("64MiB") == 67'108'864);
  CHECK(parse_size_bytes("2GB") == 2'000'000'000);
  for (const auto* wrong : {"", "64", "64mb", "MiB", "1.5MiB", "-1B", "18446744073709551615GiB"}) {
    INFO(wrong);
    CHECK_FALSE(parse_size_bytes(wrong));
  }
}

TEST_CASE("the nearest word") {
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("listne", "listen") == 1);  // a swap
  constexpr std::string_view words[] = {"admin", "data", "listen"};
  CHECK(nearest("dta", words) == "data");
  CHECK(nearest("adnim", words) == "admin");
}
