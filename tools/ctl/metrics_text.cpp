#include "tools/ctl/metrics_text.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>

namespace tidewire::ctl {

namespace {

// What stands between the braces, behind it the rest of the line; false when it is cut.
bool take_labels(std::string_view& line, metric& into) {
  while (!line.empty() && line.front() != '}') {
    const auto equals = line.find("=\"");
    if (equals == std::string_view::npos) return false;
    std::string name(line.substr(0, equals));
    std::string value;
    line.remove_prefix(equals + 2);
    while (!line.empty() && line.front() != '"') {
      if (line.front() == '\\' && line.size() > 1) line.remove_prefix(1);
      value += line.front();
      line.remove_prefix(1);
    }
    if (line.empty()) return false;
    line.remove_prefix(1);
    if (line.starts_with(',')) line.remove_prefix(1);
    into.labels.emplace_back(std::move(name), std::move(value));
  }
  if (line.empty()) return false;
  line.remove_prefix(1);
  return true;
}

bool take_sample(std::string_view line, metric& into) {
  const auto end = line.find_first_of("{ ");
  if (end == 0 || end == std::string_view::npos) return false;
  into.name = line.substr(0, end);
  line.remove_prefix(end);
  if (line.front() == '{') {
    line.remove_prefix(1);
    if (!take_labels(line, into)) return false;
  }
  const std::string number(line);
  char* rest = nullptr;
  into.value = std::strtod(number.c_str(), &rest);
  return rest != number.c_str() && !std::isnan(into.value);
}

double bound_of(std::string_view le) {
  return le == "+Inf" ? std::numeric_limits<double>::infinity() : std::strtod(std::string(le).c_str(), nullptr);
}

}  // namespace

std::string_view metric::label(std::string_view name_of) const noexcept {
  for (const auto& [name_, value_] : labels)
    if (name_ == name_of) return value_;
  return {};
}

metrics metrics::read(std::string_view text) {
  metrics made;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    metric sample;
    if (!line.empty() && line.front() != '#' && take_sample(line, sample)) made.samples_.push_back(std::move(sample));
  }
  return made;
}

std::optional<double> metrics::sum(std::string_view name, std::string_view label, std::string_view value) const {
  std::optional<double> out;
  for (const auto& each : samples_)
    if (each.name == name && (label.empty() || each.label(label) == value)) out = out.value_or(0) + each.value;
  return out;
}

std::vector<const metric*> metrics::all(std::string_view name) const {
  std::vector<const metric*> found;
  for (const auto& each : samples_)
    if (each.name == name) found.push_back(&each);
  return found;
}

std::optional<double> metrics::quantile(std::string_view name, double quantile, const metrics& before) const {
  // Bound → how many were seen up to it, of all series of the name together.
  std::map<double, double> seen;
  const auto buckets = std::string(name) + "_bucket";
  for (const auto& each : samples_)
    if (each.name == buckets) seen[bound_of(each.label("le"))] += each.value;
  for (const auto& each : before.samples_)
    if (each.name == buckets)
      if (const auto at = seen.find(bound_of(each.label("le"))); at != seen.end()) at->second -= each.value;
  if (seen.empty() || seen.rbegin()->second <= 0) return std::nullopt;
  const auto rank = quantile * seen.rbegin()->second;
  double below = 0;
  double below_bound = 0;
  for (const auto& [bound, count] : seen) {
    if (count >= rank) {
      if (std::isinf(bound) || count <= below) return below_bound;
      return below_bound + (bound - below_bound) * (rank - below) / (count - below);
    }
    below = count;
    below_bound = bound;
  }
  return below_bound;
}

}  // namespace tidewire::ctl
