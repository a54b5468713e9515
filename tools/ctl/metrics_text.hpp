// The text format of Prometheus, as far as /metrics of a server needs it: one sample a line. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidewire::ctl {

struct metric {
  std::string name;
  std::vector<std::pair<std::string, std::string>> labels;
  double value = 0;

  // Empty when there is none of that name.
  std::string_view label(std::string_view name_of) const noexcept;
};

class metrics {
 public:
  // What is no sample (comments, lines that are cut) is left out.
  static metrics read(std::string_view text);

  // The sum of all samples of that name, and, where given, of that label; nothing when there is none.
  std::optional<double> sum(std::string_view name, std::string_view label = {}, std::string_view value = {}) const;
  std::vector<const metric*> all(std::string_view name) const;

  // Of a histogram: the upper bound, in its own unit, of the bucket that a share of `quantile` of what was seen since `before` is in;
  // linear within it. Nothing when nothing was seen.
  std::optional<double> quantile(std::string_view name, double quantile, const metrics& before) const;

 private:
  std::vector<metric> samples_;
};

}  // namespace tidewire::ctl
