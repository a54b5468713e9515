// What it costs that the server looks at itself: the account that each actor keeps, the trace of publishes and the log of requests, while
// nobody asks for them and while somebody does.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include "actors/edge/access_log.hpp"
#include "actors/supervision/actor_record.hpp"
#include "bench/micro/samples.hpp"
#include "schemas/statistics/publish_trace.hpp"

namespace {

using namespace tidewire;
using namespace tidewire::micro;

// A message comes and is handled, in no time.
void account_message(benchmark::State& state) {
  actor_timing::on = state.range(0) != 0;
  const std::string name = "room bench:one";
  actor_record record(actor_kind_of("benchmark"), name, nullptr);
  for (auto _ : state) {
    record.note_enqueued();
    record.note_awake();
    benchmark::DoNotOptimize(record.note_handled(0));
  }
  per_item(state);
  actor_timing::on = true;
}
BENCHMARK(account_message)->ArgName("times")->Arg(0)->Arg(1);

// The steps of one publish, while nobody traces.
void trace_publish_off(benchmark::State& state) {
  const auto request = std::make_shared<const int>(1);
  for (auto _ : state) {
    publish_trace::begin(request, room_name, 1, 1);
    for (int step = 0; step < 6; ++step) publish_trace::pass(request, "step");
    publish_trace::answer(1, 1);
  }
  per_item(state);
}
BENCHMARK(trace_publish_off);

// A request with its id, which is in no log and not slow.
void note_request_off(benchmark::State& state) {
  transport::http_request asked;
  asked.method = "POST";
  asked.target = "/api/v1/rooms/bench%3Aone/events";
  asked.headers = {
      {"host", "127.0.0.1:8000"}, {"content-type", "application/json"}, {"x-request-id", "0e8400e2-9b41-4ad5-a716-446655440000"}};
  asked.body = R"({"type":"wallet","data":{"state":"open","balance":17,"owner":"guest 17"}})";
  for (auto _ : state) {
    const request_note note(asked);
    note.answered({.method = asked.method, .endpoint = "/api/v1/rooms/{room}/events", .status = 200, .ns = 50'000});
  }
  per_item(state);
}
BENCHMARK(note_request_off);

}  // namespace
