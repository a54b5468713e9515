#include "bench/load/parts/report.hpp"

#include <array>
#include <cmath>
#include <cstdio>

#include "schemas/json.hpp"

namespace tidewire::load {
namespace {

std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

}  // namespace

report& report::number(std::string_view name, double value) {
  std::array<char, 40> digits{};
  if (!std::isfinite(value)) return nothing(name);
  // Whole digits for what is large, six that matter for what is small.
  const auto* format = std::fabs(value) >= 100000 ? "%.0f" : "%.6g";
  const auto size = std::snprintf(digits.data(), digits.size(), format, value);
  rows_.push_back({std::string(name), std::string(digits.data(), static_cast<std::size_t>(size)), {}, false});
  return *this;
}

report& report::count(std::string_view name, std::uint64_t value) {
  rows_.push_back({std::string(name), std::to_string(value), {}, false});
  return *this;
}

report& report::text(std::string_view name, std::string_view value) {
  rows_.push_back({std::string(name), quoted(value), {}, false});
  return *this;
}

report& report::flag(std::string_view name, bool value) {
  rows_.push_back({std::string(name), value ? "true" : "false", {}, false});
  return *this;
}

report& report::nothing(std::string_view name) {
  rows_.push_back({std::string(name), "null", {}, false});
  return *this;
}

report& report::part(std::string_view name, const report& inner) {
  rows_.push_back({std::string(name), {}, {inner}, false});
  return *this;
}

report& report::parts(std::string_view name, const std::vector<report>& inner) {
  rows_.push_back({std::string(name), std::to_string(inner.size()), inner, true});
  return *this;
}

std::string report::row::value() const {
  if (!list) return inner.empty() ? json : inner.front().json();
  std::string out = "[";
  for (const auto& each : inner) out += (out.size() > 1 ? "," : "") + each.json();
  return out += ']';
}

std::string report::json() const {
  std::string out = "{";
  for (const auto& each : rows_) {
    if (out.size() > 1) out += ',';
    out += quoted(each.name) + ':' + each.value();
  }
  return out += '}';
}

std::string report::table() const {
  std::string out;
  add_to_table(out, {});
  return out;
}

void report::add_to_table(std::string& out, const std::string& prefix) const {
  constexpr std::size_t column = 32;
  for (const auto& each : rows_) {
    const auto name = prefix + each.name;
    if (!each.inner.empty() && !each.list) {
      each.inner.front().add_to_table(out, name + '.');
      continue;
    }
    out += name;
    out.append(name.size() < column ? column - name.size() : 1, ' ');
    out += each.json + '\n';
  }
}

}  // namespace tidewire::load
