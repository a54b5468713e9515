#include "actors/edge/http_meter.hpp"

#include <map>
#include <string>

#include "tests/support/catch.hpp"

using namespace tidewire;

namespace {

struct silent final : transport::http_responder {
  void answer(transport::http_response) override {}
  void stream(transport::stream_terms, const transport::listener_maker&) override {}
};

transport::http_request request(std::string method, std::string target, bool head = false) {
  transport::http_request made;
  made.method = std::move(method);
  made.target = std::move(target);
  made.head = head;
  return made;
}

// "GET /livez 200" → how often.
std::map<std::string, std::uint64_t> counted(const http_meter& meter) {
  std::map<std::string, std::uint64_t> all;
  meter.for_each([&](const http_meter::line& of) {
    of.for_each_status([&](std::string_view status, std::uint64_t count) {
      all[std::string(of.method) + " " + std::string(of.endpoint) + " " + std::string(status)] = count;
    });
  });
  return all;
}

}  // namespace

TEST_CASE("answers are counted by method, endpoint and status") {
  http_meter meter;
  const auto ask = [&](transport::http_request what, std::uint16_t status) {
    meter.measured(what, std::make_shared<silent>())->answer({status, {}, {}, {}});
  };
  ask(request("GET", "/livez"), 200);
  ask(request("GET", "/livez?verbose"), 200);
  ask(request("GET", "/api/v1/rooms/a%2Fb/entities/k", true), 404);
  ask(request("PUT", "/api/v1/rooms/a/entities/k?ttl=1s"), 412);
  ask(request("POST", "/api/publish"), 200);
  ask(request("GET", "/api/v1/nothing"), 404);
  ask(request("BREW", "/a/b/c/d/e/f/g/h/i/j"), 418);
  CHECK(counted(meter) == std::map<std::string, std::uint64_t>{{"GET /livez 200", 2},
                                                               {"HEAD /api/v1/rooms/{room}/entities/{key} 404", 1},
                                                               {"PUT /api/v1/rooms/{room}/entities/{key} 412", 1},
                                                               {"POST /api/{method} 200", 1},
                                                               {"GET other 404", 1},
                                                               {"other page other", 1}});
}

TEST_CASE("a response that goes on counts once, when it begins") {
  http_meter meter;
  const auto responder = meter.measured(request("GET", "/api/v1/rooms/a/stream?fields=a"), std::make_shared<silent>());
  responder->stream({}, {});
  CHECK(counted(meter) == std::map<std::string, std::uint64_t>{{"GET /api/v1/rooms/{room}/stream 200", 1}});
}

TEST_CASE("a request that nobody answers is the 503 that transport gives") {
  http_meter meter;
  meter.measured(request("GET", "/connection/uni_sse"), std::make_shared<silent>()).reset();
  CHECK(counted(meter) == std::map<std::string, std::uint64_t>{{"GET /connection/uni_sse 503", 1}});
}

TEST_CASE("how long an answer took is in the histogram of its endpoint") {
  http_meter meter;
  meter.measured(request("GET", "/api/v1/rooms"), std::make_shared<silent>())->answer({});
  meter.for_each([](const http_meter::line& of) { CHECK(of.times.read().total == 1); });
}
