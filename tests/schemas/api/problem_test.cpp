#include "schemas/api/problem.hpp"

#include "tests/support/catch.hpp"

using namespace tidewire;

TEST_CASE("a problem names its type, title, status and detail") {
  CHECK(api::problem_body({errc::bad_request, "/data: \"x\"\nis missing"}) ==
        R"({"type":"/problems/bad-request","title":"bad request","status":400,"detail":"/data: \"x\"\nis missing"})");
  CHECK(api::problem_body({errc::version_conflict, ""}) ==
        R"({"type":"/problems/version-conflict","title":"version conflict","status":412})");
}
