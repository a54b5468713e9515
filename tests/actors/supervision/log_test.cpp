#include "actors/supervision/log.hpp"

#include <spdlog/spdlog.h>

#include "tests/support/catch.hpp"

using namespace tidewire;

namespace {

// Of this test alone: other components may write meanwhile.
std::vector<std::string> messages(log_question asked) {
  asked.component = "log test";
  std::vector<std::string> all;
  for (const auto& each : read_log(asked).lines) all.push_back(each.message);
  return all;
}

using lines = std::vector<std::string>;

}  // namespace

TEST_CASE("the last lines are kept, with their component and level, and each is given once to who goes on") {
  keep_log_lines(5, 1'000);
  auto& log = log_of("log test");
  set_log_level("log test", spdlog::level::info);
  for (int i = 1; i <= 3; ++i) log.info("line {}", i);
  log.debug("unseen");
  log.warn("line 4");
  CHECK(messages({}) == lines{"line 1", "line 2", "line 3", "line 4"});
  CHECK(messages({.at_least = spdlog::level::warn}) == lines{"line 4"});
  CHECK(messages({.max = 2}) == lines{"line 3", "line 4"});
  const auto seen = read_log({}).last;
  for (int i = 5; i <= 7; ++i) log.info("line {}", i);
  CHECK(messages({.after = seen}) == lines{"line 5", "line 6", "line 7"});
  CHECK(messages({}) == lines{"line 3", "line 4", "line 5", "line 6", "line 7"});
  CHECK(read_log({.after = read_log({}).last}).lines.empty());
}

TEST_CASE("bytes are bounded, too") {
  keep_log_lines(5, 1'000);
  auto& log = log_of("log test");
  log.warn("{}", std::string(600, 'a'));
  log.warn("{}", std::string(600, 'b'));
  CHECK(messages({}) == lines{std::string(600, 'b')});
  log.warn("{}", std::string(2'000, 'c'));
  CHECK(messages({}).empty());
}

TEST_CASE("requests are written down only when they are asked for by name") {
  const auto level_of_requests = [] {
    for (const auto& [name, level] : log_levels())
      if (name == access_component) return level;
    return spdlog::level::off;
  };
  set_log_level({}, spdlog::level::debug);
  log_of(access_component);
  CHECK(level_of_requests() == spdlog::level::warn);
  CHECK(set_log_level(access_component, spdlog::level::info));
  CHECK(level_of_requests() == spdlog::level::info);
  set_log_level({}, spdlog::level::info);
  CHECK(level_of_requests() == spdlog::level::warn);
  set_log_level({}, spdlog::level::err);
  CHECK(level_of_requests() == spdlog::level::err);
  set_log_level({}, spdlog::level::info);
}

TEST_CASE("levels have the names of the configuration") {
  CHECK(log_level_name(spdlog::level::warn) == "warn");
  CHECK(log_level_of("error") == spdlog::level::err);
  CHECK(log_level_of("off") == spdlog::level::off);
  CHECK_FALSE(log_level_of("warning"));
}

TEST_CASE("the level of a component is its own; unknown components are not made up") {
  log_of("log test");
  CHECK(set_log_level("log test", spdlog::level::err));
  CHECK_FALSE(set_log_level("nobody", spdlog::level::err));
  const auto levels = log_levels();
  CHECK(std::ranges::find(levels, std::pair<std::string, spdlog::level::level_enum>("log test", spdlog::level::err)) != levels.end());
  CHECK(std::ranges::none_of(levels, [](const auto& each) { return each.first == "nobody"; }));
}
