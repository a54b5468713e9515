#include "transport/request_id.hpp"

#include <set>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"

using namespace tidewire::transport;

namespace {

std::string id_for(const std::string& given) {
  http_request request;
  request.headers = {{"x-request-id", given}};
  return request_id_of(request);
}

}  // namespace

TEST_CASE("A request keeps the name that it brings") {
  for (const auto& good : std::vector<std::string>{"a", "7f3a", "req-1_2.3~4:5/6+7=8@9", std::string(request_id_bytes_max, 'x')})
    CHECK(id_for(good) == good);
}

TEST_CASE("A name that is no name, or too long, is replaced") {
  for (const auto& bad : std::vector<std::string>{"", " ", "a b", "a\"b", "a,b", "\xC3\xA9", std::string(request_id_bytes_max + 1, 'x')}) {
    const auto made = id_for(bad);
    CHECK(made != bad);
    CHECK(made.size() == 16);
  }
}

TEST_CASE("A request without a name is given one that no other has") {
  std::set<std::string> names;
  for (int i = 0; i < 10'000; ++i) names.insert(request_id_of({}));
  CHECK(names.size() == 10'000);
  for (const auto& each : names) REQUIRE(each.find_first_not_of("0123456789abcdef") == std::string::npos);
}
