// Metrics as text: the format of Prometheus (version 0.0.4), or OpenMetrics 1.0. Families one after the other, each with its samples behind
// it. Names and labels are our own words: nothing has to be escaped.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "schemas/statistics/time_histogram.hpp"

namespace tidewire {

enum class metric_format : std::uint8_t { prometheus, openmetrics };

class metric_text {
 public:
  using labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  explicit metric_text(metric_format as) : as_(as) {}

  // `name` of a counter ends in "_total".
  void family(std::string_view name, std::string_view type, std::string_view help);
  void sample(std::uint64_t value, labels of = {});
  void sample_seconds(double value, labels of = {});
  // A histogram in seconds.
  void sample(const time_histogram::counts& seen, labels of = {});

  void gauge(std::string_view name, std::string_view help, std::uint64_t value) {
    family(name, "gauge", help);
    sample(value);
  }
  void counter(std::string_view name, std::string_view help, std::uint64_t value) {
    family(name, "counter", help);
    sample(value);
  }
  std::string take();

 private:
  void begin(std::string_view suffix, labels of, std::string_view bound = {});

  metric_format as_;
  std::string name_;
  std::string text_;
};

}  // namespace tidewire
