// All scenarios there are: each runs, and gives its result and whether what was promised was kept.
#pragma once

#include <string>

#include "bench/load/parts/report.hpp"
#include "bench/load/scenarios/options.hpp"

namespace tidewire::load {

struct outcome {
  report result;
  std::string trouble;  // empty: all is well
};

// They throw std::runtime_error when they cannot run.
outcome run_fan_out(const options& told);
outcome run_idle(const options& told);
outcome run_publish(const options& told);
outcome run_storm(const options& told);
outcome run_fill(const options& told);

}  // namespace tidewire::load
