#include "actors/edge/access_log.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <chrono>
#include <iterator>

#include "actors/supervision/log.hpp"
#include "schemas/api/media_type.hpp"
#include "schemas/json.hpp"
#include "schemas/statistics/line_quota.hpp"
#include "schemas/trace_context.hpp"
#include "transport/request_id.hpp"

namespace tidewire {

namespace {

constexpr std::uint32_t slow_lines_max = 10;  // in each window: when all are slow, ten of them say so
constexpr std::int64_t slow_window_ms = 10'000;

spdlog::logger& logger() {
  static auto& instance = log_of(access_component);
  return instance;
}

std::int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// The only header of that name; empty: there is none, or more than one.
std::string_view only(const transport::http_request& request, std::string_view name) {
  std::string_view found;
  bool one = false;
  for (const auto& each : request.headers) {
    if (each.name != name) continue;
    if (one) return {};
    one = true;
    found = each.value;
  }
  return found;
}

// Of a CloudEvent in structured mode. Most have none, and are not read for it.
std::string attribute_of_event(const transport::http_request& request) {
  constexpr std::string_view name = "traceparent";
  if (api::media_type(request.find("content-type")) != "application/cloudevents+json") return {};
  if (request.body.find(name) == std::string::npos) return {};
  const auto members = json_members(request.body);
  if (!members) return {};
  const auto found = std::ranges::find(*members, name, &json_member::name);
  return found == members->end() ? std::string() : json_string(found->raw).value_or(std::string());
}

}  // namespace

std::string trace_id_of(const transport::http_request& request) {
  for (const auto name : {"traceparent", "ce-traceparent"})
    if (const auto read = parse_traceparent(only(request, name))) return std::string(read->trace_id);
  const auto attribute = attribute_of_event(request);
  if (const auto read = parse_traceparent(attribute)) return std::string(read->trace_id);
  return {};
}

bool access_log::is_on() { return logger().should_log(spdlog::level::info); }

request_note::request_note(const transport::http_request& request)
    : request_id_(request.find(transport::request_id_header)), trace_id_(trace_id_of(request)) {}

void request_note::answered(const request_end& with) const {
  static line_quota quota(slow_lines_max, slow_window_ms);
  if (with.ns >= access_log::slow_ns.load(std::memory_order_relaxed) && logger().should_log(spdlog::level::warn)) {
    if (const auto left_out = quota.take(steady_ms())) {
      const auto more = *left_out == 0 ? std::string() : fmt::format(" left_out={}", *left_out);
      return logger().warn("slow request: {}{}", line(with), more);
    }
  }
  if (access_log::is_on()) logger().info("request: {}", line(with));
}

void request_note::ended(const request_end& with) const {
  if (access_log::is_on()) logger().info("request: {}", line(with));
}

std::string request_note::line(const request_end& with) const {
  auto text = fmt::format("method={} endpoint=\"{}\" status={} ms={:.3f}", with.method, with.endpoint, with.status,
                          static_cast<double>(with.ns) / 1e6);
  const auto into = std::back_inserter(text);
  if (with.bytes) fmt::format_to(into, " bytes={}", *with.bytes);
  if (!request_id_.empty()) fmt::format_to(into, " request_id={}", request_id_);
  if (!trace_id_.empty()) fmt::format_to(into, " trace_id={}", trace_id_);
  return text;
}

}  // namespace tidewire
