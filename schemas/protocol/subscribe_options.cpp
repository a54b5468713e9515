#include "schemas/protocol/subscribe_options.hpp"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "schemas/json.hpp"

namespace tidewire::protocol {
namespace {

// Messages a second.
constexpr double rate_min = 0.01;
constexpr double rate_max = 1'000;

result<field_mask> read_fields(std::string_view raw, const limits& bounds) {
  const auto elements = json_elements(raw);
  if (!elements) return fail(errc::bad_request, "fields is an array of paths like \"attributes.level\"");
  std::vector<std::string> paths;
  for (const auto& each : *elements) {
    auto path = json_string(each);
    if (!path) return fail(errc::bad_request, "fields is an array of paths like \"attributes.level\"");
    paths.push_back(std::move(*path));
  }
  return field_mask::of(paths, bounds);
}

result<slow_consumer> read_slow(std::string_view raw) {
  const auto name = json_string(raw);
  if (name == "conflate") return slow_consumer::conflate;
  if (name == "resync") return slow_consumer::resync;
  if (name == "disconnect") return slow_consumer::disconnect;
  return fail(errc::bad_request, R"(slow is "conflate", "resync" or "disconnect")");
}

result<std::uint32_t> read_interval(std::string_view raw) {
  const auto rate = json_number(raw);
  if (!rate || !(*rate >= rate_min && *rate <= rate_max))
    return fail(errc::bad_request, "max_rate is a number of messages a second from 0.01 to 1000");
  return static_cast<std::uint32_t>(std::ceil(1'000 / *rate));
}

}  // namespace

result<subscribe_options> read_subscribe_options(std::string_view data, const limits& bounds) {
  subscribe_options read;
  if (data.empty() || data == "null") return read;
  const auto members = json_members(data);
  if (!members) return fail(errc::bad_request, "the subscription's data is an object of options");
  for (const auto& [name, raw] : *members) {
    if (name == "fields") {
      auto fields = read_fields(raw, bounds);
      if (!fields) return tl::unexpected(std::move(fields.error()));
      read.fields = std::move(*fields);
    } else if (name == "slow") {
      auto slow = read_slow(raw);
      if (!slow) return tl::unexpected(std::move(slow.error()));
      read.slow = *slow;
    } else if (name == "max_rate") {
      auto interval = read_interval(raw);
      if (!interval) return tl::unexpected(std::move(interval.error()));
      read.interval_ms = *interval;
    } else {
      return fail(errc::bad_request, "unknown subscription option \"" + name + '"');
    }
  }
  return read;
}

}  // namespace tidewire::protocol
