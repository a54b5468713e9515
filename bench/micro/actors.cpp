// What a room makes of a change, and what it costs to pass a message from one actor to the next.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <utility>

#include "actors/room/room_state.hpp"
#include "bench/micro/loop_port.hpp"
#include "bench/micro/samples.hpp"

namespace {

using namespace tidewire;
using namespace tidewire::micro;

class dropped_answer final : public reply<published> {
 public:
  void answer(result<published> outcome) override { benchmark::DoNotOptimize(outcome); }
};

// A room that is open, between a benchmark that publishes and answers at once.
class driven_room {
 public:
  driven_room() {
    port_.flush = [this] { room_.flush(); };
    room_.start();
    room_.on_opened(port_.opened, storage::room_record{});
    room_.on_told(port_.told, std::optional<std::uint64_t>{});
  }

  void publish(const operation& what, std::size_t count) {
    auto request = std::make_shared<publish_request>();
    request->operations.assign(count, what);
    request->reply = std::make_shared<dropped_answer>();
    room_.handle(std::move(request));
    while (!port_.loads.empty()) {
      room_.on_loaded(port_.loads.front().first, std::optional<entity_document>{});
      port_.loads.pop_front();
    }
    while (!port_.applies.empty()) {
      const auto asked = std::move(port_.applies.front());
      port_.applies.pop_front();
      const auto& base = asked.change.base ? *asked.change.base : port_.entities[asked.key];
      room_.on_proposal(asked.which, loop_port::decide(asked, base, bounds_));
    }
    room_.on_committed(port_.appended, committed{port_.last_offset});
  }

 private:
  limits bounds_;
  namespace_options options_;
  memory_account held_;
  loop_port port_;
  room_state room_{room_name, options_, bounds_, held_, port_};
};

// From the request to the answer and the run, without entity actor, journal and broadcaster.
void room_publish(benchmark::State& state) {
  operation what;
  what.kind = operation_kind::set;
  what.data = sample_document();
  driven_room room;
  const auto count = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) room.publish(what, count);
  per_item(state, count);
}
BENCHMARK(room_publish)->Arg(1)->Arg(100);

// The same with a key: what the entity decides is in it.
void room_change_entity(benchmark::State& state) {
  operation what;
  what.key = entity_key;
  what.data = sample_document();
  driven_room room;
  for (auto _ : state) room.publish(what, 1);
  per_item(state);
}
BENCHMARK(room_change_entity);

}  // namespace
