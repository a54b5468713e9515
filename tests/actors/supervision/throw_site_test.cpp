// Where exceptions come from, and what is known of a crash.
#include "actors/supervision/throw_site.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <thread>

#include "actors/supervision/actor_error.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;

namespace {

struct odd_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

[[gnu::noinline]] void throw_deep_below(int levels) {
  if (levels == 0) throw odd_error("boom");
  throw_deep_below(levels - 1);
  asm volatile("");  // no tail call
}

std::exception_ptr caught(int levels) {
  try {
    throw_deep_below(levels);
  } catch (...) {
    return std::current_exception();
  }
  return nullptr;
}

auto frames_of(const std::exception_ptr& cause) {
  const auto lines = throw_site(cause);
  return lines.empty() ? 0 : 1 + std::count(lines.begin(), lines.end(), '\n');
}

}  // namespace

TEST_CASE("the frames of a throw are those below it, though it was caught far above") {
  const auto flat = frames_of(caught(0));
  CHECK(flat >= 2);
  CHECK(frames_of(caught(7)) == flat + 7);
  CHECK(throw_site(caught(0)).find("+0x") != std::string::npos);
}

TEST_CASE("an exception that is not the last one of this thread has no frames rather than wrong ones") {
  const auto first = caught(0);
  CHECK(frames_of(first) > 0);
  const auto second = caught(1);
  CHECK(frames_of(first) == 0);
  CHECK(frames_of(second) > 0);
  std::thread([&] { CHECK(frames_of(second) == 0); }).join();
  CHECK(frames_of(nullptr) == 0);
}

TEST_CASE("a rethrown exception keeps its frames") {
  std::exception_ptr again;
  const auto first = caught(3);
  const auto frames = frames_of(first);
  try {
    std::rethrow_exception(first);
  } catch (...) {
    again = std::current_exception();
  }
  CHECK(frames_of(again) == frames);
}

TEST_CASE("the report of a crash says what was thrown and where, of another end why") {
  const auto report = report_of(crash_reason(caught(0)));
  CHECK(report.error == "(anonymous namespace)::odd_error: boom");
  CHECK_FALSE(report.backtrace.empty());
  CHECK(describe(crash_reason(caught(0))) == "crashed: boom");
  const auto other = report_of(make_error(actor_error::too_many_restarts, "root"));
  CHECK(other.error == "too many restarts: root");
  CHECK(other.backtrace.empty());
}
