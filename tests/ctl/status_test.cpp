// What is said of a server, from what its operators' listener answers.
#include "tools/ctl/engine_status.hpp"

#include "tests/support/catch.hpp"

using namespace tidewire::ctl;

namespace {

engine_status healthy() {
  engine_status made;
  take_readiness(made, "ok\nwarm-up: over, 3 of 3 rooms\n");
  take_memory(
      made,
      R"({"budget":1000000,"held":500,"resident":35950592,"parts":{"changes":{"used":5,"limit":1000},"outboxes":{"used":0,"limit":1000}}})");
  take_connections(made, R"({"connections":40,"deflated_bytes":0,"slow":{"behind":0,"missed":0,"disconnected":0}})");
  take_actors(made, R"({"room":{"started":5,"ended":2,"crashed":0,"handled":31,"refused":0}})");
  take_limits(made, "{}");
  take_access(made, R"({"refused":{"credentials":0},"connections_refused":{"addresses":0},"token_keys":{"failed":0}})");
  take_quarantine(made, R"({"data":[],"next_cursor":null,"has_more":false})");
  return made;
}

const finding* find(const std::vector<finding>& all, const std::string& what) {
  for (const auto& each : all)
    if (each.what == what) return &each;
  return nullptr;
}

}  // namespace

TEST_CASE("a server that is well has no findings") {
  const auto of = healthy();
  CHECK(of.ready);
  CHECK(of.warm_up == "over, 3 of 3 rooms");
  CHECK(of.actors.front().alive() == 3);
  CHECK(assess(of).empty());
  const auto text = status_text(of, "127.0.0.1:8001");
  CHECK(text.starts_with("127.0.0.1:8001 is ready, and nothing is wrong\n"));
  CHECK(text.find("connections   40, 0 behind\n") != std::string::npos);
  CHECK(status_json(of).starts_with(R"({"ready":true,"findings":[],)"));
}

TEST_CASE("what is wrong stands first, and decides the exit status") {
  auto of = healthy();
  take_actors(of, R"({"room":{"started":5,"ended":2,"crashed":2,"handled":31,"refused":0}})");
  CHECK(exit_code_of(assess(of)) == exit_code::done);  // it was started again: worth knowing
  take_quarantine(of, R"({"data":[{"id":"a"},{"id":"b"}],"next_cursor":"c","has_more":true})");
  take_memory(of, R"({"budget":1000000,"held":500,"resident":35950592,"parts":{"changes":{"used":990,"limit":1000}}})");
  auto all = assess(of);
  CHECK(all.front().is == verdict::warn);
  CHECK(find(all, "quarantine")->says == "2 and more changes were set aside");
  CHECK(find(all, "memory: changes") != nullptr);
  CHECK(exit_code_of(all) == exit_code::partly);
  CHECK(status_text(of, "a:1").starts_with("a:1 is ready: 2 things are wrong\n"));
  of.ready = false;
  all = assess(of);
  CHECK(all.front().what == "readiness");
  CHECK(status_text(of, "a:1").starts_with("a:1 is NOT READY: 3 things are wrong\n"));
}

TEST_CASE("a few clients behind are worth knowing, many are wrong") {
  auto of = healthy();
  take_connections(of, R"({"connections":40,"slow":{"behind":1}})");
  CHECK(find(assess(of), "slow clients")->is == verdict::note);
  take_connections(of, R"({"connections":40,"slow":{"behind":20}})");
  CHECK(find(assess(of), "slow clients")->is == verdict::warn);
}

TEST_CASE("memory far above the budget, limits that were crossed, keys that could not be fetched") {
  auto of = healthy();
  of.resident = 4'000'000'000;
  take_limits(of, R"({"connections_max":3,"other":0})");
  take_access(of, R"({"refused":{"credentials":7},"token_keys":{"failed":2}})");
  const auto all = assess(of);
  CHECK(find(all, "memory")->is == verdict::warn);
  CHECK(find(all, "limits")->says.find("connections_max 3") != std::string::npos);
  CHECK(find(all, "limits")->says.find("other") == std::string::npos);
  CHECK(find(all, "token keys") != nullptr);
  CHECK(find(all, "credentials")->says.find("7") != std::string::npos);
}

TEST_CASE("what grows and does not stop is named") {
  auto of = healthy();
  take_memory(of, R"({"budget":1000000,"watch":{"window_s":600,"suspected":["resident","ro\u001b"],"components":[]}})");
  const auto all = assess(of);
  REQUIRE(find(all, "leak") != nullptr);
  CHECK(find(all, "leak")->is == verdict::warn);
  CHECK(find(all, "leak")->says == "resident grows and does not stop");
  CHECK(status_text(of, "a:1").starts_with("a:1 is ready: 2 things are wrong\n"));
  CHECK(status_text(of, "a:1").find('\x1b') == std::string::npos);
}

TEST_CASE("names of the server's never reach a terminal raw") {
  auto of = healthy();
  take_actors(of, R"({"ro\u001b[31mom":{"started":1,"ended":0,"crashed":1,"handled":1,"refused":0}})");
  CHECK(status_text(of, "a:1").find('\x1b') == std::string::npos);
}

TEST_CASE("answers of another shape are no figures, and no end") {
  engine_status of;
  for (const auto* each : {"", "[]", "5", "null", R"({"data":5,"slow":[],"parts":[1]})"}) {
    take_memory(of, each);
    take_connections(of, each);
    take_actors(of, each);
    take_limits(of, each);
    take_access(of, each);
    take_quarantine(of, each);
  }
  CHECK(of.connections == 0);
  CHECK_FALSE(status_text(of, "a:1").empty());
}
