#include "actors/edge/http_meter.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "actors/edge/access_log.hpp"
#include "actors/supervision/log.hpp"
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

// What the log said of requests since then, without the times.
std::vector<std::string> told_since(std::uint64_t after) {
  std::vector<std::string> all;
  for (const auto& each : read_log({.after = after, .component = std::string(access_component)}).lines) {
    const auto ms = each.message.find(" ms=");
    const auto behind = std::min(each.message.find(' ', ms + 1), each.message.size());
    all.push_back(each.message.substr(0, ms) + each.message.substr(behind));
  }
  return all;
}

std::uint64_t log_begins() {
  keep_log_lines(1'000, 1'000'000);
  return read_log({}).last;
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

TEST_CASE("requests are in the log once it is switched on: the pattern of the path, and the names that the request gave itself") {
  http_meter meter;
  auto asked = request("PUT", "/api/v1/rooms/secret-room/entities/k?token=secret");
  asked.headers = {{"authorization", "Bearer secret"},
                   {"x-request-id", "r-1"},
                   {"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}};
  asked.body = "secret";
  const auto ask = [&] { meter.measured(asked, std::make_shared<silent>())->answer({201, {}, {}, "four"}); };
  log_of(access_component);
  set_log_level(access_component, spdlog::level::warn);
  const auto begin = log_begins();
  ask();
  CHECK(told_since(begin).empty());
  set_log_level(access_component, spdlog::level::info);
  ask();
  meter.measured(request("GET", "/livez"), std::make_shared<silent>()).reset();
  CHECK(told_since(begin) ==
        std::vector<std::string>{"request: method=PUT endpoint=\"/api/v1/rooms/{room}/entities/{key}\" status=201 bytes=4 request_id=r-1 "
                                 "trace_id=0af7651916cd43dd8448eb211c80319c",
                                 "request: method=GET endpoint=\"/livez\" status=503"});
  set_log_level(access_component, spdlog::level::warn);
}

TEST_CASE("a response that goes on is in the log when it is over, and still says farewell") {
  struct keeping final : transport::http_responder {
    void answer(transport::http_response) override {}
    void stream(transport::stream_terms given, const transport::listener_maker&) override { terms = std::move(given); }
    transport::stream_terms terms;
  };
  http_meter meter;
  log_of(access_component);
  set_log_level(access_component, spdlog::level::info);
  const auto begin = log_begins();
  const auto kept = std::make_shared<keeping>();
  transport::stream_terms terms;
  terms.farewell = [](close_code) { return std::string("bye"); };
  meter.measured(request("GET", "/connection/uni_sse"), kept)->stream(std::move(terms), {});
  CHECK(kept->terms.farewell(close_code::shutdown) == "bye");
  CHECK(told_since(begin).empty());
  kept->terms = {};
  // The line ends with the time.
  CHECK(read_log({.after = begin, .component = std::string(access_component)})
            .lines.at(0)
            .message.starts_with("request: method=GET endpoint=\"/connection/uni_sse\" status=200 ms="));
  set_log_level(access_component, spdlog::level::warn);
}

TEST_CASE("a request that takes long is in the log though requests are not, and a few of many say so") {
  http_meter meter;
  log_of(access_component);
  set_log_level(access_component, spdlog::level::warn);
  const auto begin = log_begins();
  access_log::slow_ns = 0;
  for (int i = 0; i < 100; ++i) meter.measured(request("GET", "/livez"), std::make_shared<silent>())->answer({});
  access_log::slow_ns = 1'000'000'000;
  const auto told = told_since(begin);
  CHECK(told.size() == 10);
  CHECK(told.at(0) == "slow request: method=GET endpoint=\"/livez\" status=200 bytes=0");
}

TEST_CASE("the trace of a request is that of its only traceparent, else of the event that it carries") {
  const std::string header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const std::string event = "00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
  auto asked = request("POST", "/api/v1/events");
  CHECK(trace_id_of(asked).empty());
  asked.headers = {{"ce-traceparent", event}};
  CHECK(trace_id_of(asked) == "1af7651916cd43dd8448eb211c80319c");
  asked.headers = {{"ce-traceparent", event}, {"traceparent", header}};
  CHECK(trace_id_of(asked) == "0af7651916cd43dd8448eb211c80319c");
  asked.headers = {{"traceparent", header}, {"traceparent", header}};
  CHECK(trace_id_of(asked).empty());
  asked.headers = {{"traceparent", "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01"}};
  CHECK(trace_id_of(asked).empty());
  asked.headers = {{"content-type", "application/cloudevents+json; charset=utf-8"}};
  asked.body = R"({ "specversion": "1.0", "data": {"traceparent": 1}, "traceparent": ")" + event + "\"}";
  CHECK(trace_id_of(asked) == "1af7651916cd43dd8448eb211c80319c");
  asked.headers.push_back({"traceparent", header});
  CHECK(trace_id_of(asked) == "0af7651916cd43dd8448eb211c80319c");
  asked.headers = {{"content-type", "application/json"}};
  CHECK(trace_id_of(asked).empty());
  asked.headers = {{"content-type", "application/cloudevents+json"}};
  for (const auto* body : {R"({"traceparent": 7})", R"({"data": {"traceparent": "00"}})", R"({"traceparent")", R"(["traceparent"])"}) {
    asked.body = body;
    CHECK(trace_id_of(asked).empty());
  }
}
