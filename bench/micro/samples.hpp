// What the microbenchmarks work on: one document of 200 bytes, as a sensor would send it, and what it becomes on its way.
#pragma once

#include <benchmark/benchmark.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "schemas/publication.hpp"

namespace tidewire::micro {

inline constexpr auto room_name = "bench:0";
inline constexpr auto entity_key = "thermometer-17";
inline constexpr std::size_t document_bytes = 200;

inline std::string sample_document() {
  std::string text = R"({"type":"thermometer","source":"hall-3","state":"ok","attributes":{"celsius":21.5,"humidity":48,"note":")";
  text.append(document_bytes - text.size() - 3, 'x');
  return text + R"("}})";
}

inline publication_ptr sample_publication(std::uint64_t offset, bool keyed) {
  auto made = std::make_shared<publication>();
  made->offset = offset;
  made->time_ms = 1'800'000'000'000;
  made->data = sample_document();
  if (keyed) {
    made->key = entity_key;
    made->tags = {{"source", "hall-3"}, {"state", "ok"}, {"type", "thermometer"}};
    made->tags_before = made->tags;
  }
  return made;
}

inline std::vector<change> sample_run(std::size_t count, std::uint64_t first = 1, bool keyed = false) {
  std::vector<change> run;
  for (std::size_t i = 0; i < count; ++i) run.push_back({sample_publication(first + i, keyed), nullptr});
  return run;
}

// Says how much of what is counted one iteration does; the counter `each` is then the CPU time of one, in seconds.
inline void per_item(benchmark::State& state, std::size_t items = 1) {
  state.counters["each"] =
      benchmark::Counter(static_cast<double>(items), benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

}  // namespace tidewire::micro
