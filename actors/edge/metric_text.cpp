#include "actors/edge/metric_text.hpp"

#include <array>
#include <charconv>

namespace tidewire {

namespace {

// Bounds of histograms, in powers of two of nanoseconds, where places of time_histogram end: from 16 µs to 17 s.
constexpr unsigned first_bound = 14;
constexpr unsigned last_bound = 34;

void append_number(std::string& to, double value) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  to.append(digits.data(), end);
}

}  // namespace

void metric_text::family(std::string_view name, std::string_view type, std::string_view help) {
  name_ = name;
  auto shown = name;
  constexpr std::string_view total = "_total";
  if (as_ == metric_format::openmetrics && type == "counter" && shown.ends_with(total)) shown.remove_suffix(total.size());
  text_.append("# HELP ").append(shown).append(" ").append(help).append("\n# TYPE ").append(shown).append(" ").append(type).append("\n");
}

void metric_text::begin(std::string_view suffix, labels of, std::string_view bound) {
  text_.append(name_).append(suffix);
  bool first = true;
  const auto add = [&](std::string_view name, std::string_view value) {
    text_.append(first ? "{" : ",").append(name).append("=\"").append(value).append("\"");
    first = false;
  };
  for (const auto& [name, value] : of) add(name, value);
  if (!bound.empty()) add("le", bound);
  text_.append(first ? " " : "} ");
}

void metric_text::sample(std::uint64_t value, labels of) {
  begin({}, of);
  text_.append(std::to_string(value)).append("\n");
}

void metric_text::sample_seconds(double value, labels of) {
  begin({}, of);
  append_number(text_, value);
  text_.append("\n");
}

void metric_text::sample(const time_histogram::counts& seen, labels of) {
  for (auto power = first_bound; power <= last_bound; ++power) {
    const auto ns = std::uint64_t{1} << power;
    std::string seconds;
    append_number(seconds, static_cast<double>(ns) / 1e9);
    if (seconds.find_first_of(".e") == std::string::npos) seconds += ".0";  // OpenMetrics wants a float
    begin("_bucket", of, seconds);
    text_.append(std::to_string(seen.up_to(ns))).append("\n");
  }
  begin("_bucket", of, "+Inf");
  text_.append(std::to_string(seen.total)).append("\n");
  begin("_sum", of);
  append_number(text_, static_cast<double>(seen.sum_ns) / 1e9);
  text_.append("\n");
  begin("_count", of);
  text_.append(std::to_string(seen.total)).append("\n");
}

std::string metric_text::take() {
  if (as_ == metric_format::openmetrics) text_ += "# EOF\n";
  return std::move(text_);
}

}  // namespace tidewire
