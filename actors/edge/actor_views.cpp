#include "actors/edge/actor_views.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include "actors/supervision/actor_record.hpp"
#include "schemas/json.hpp"
#include "schemas/protocol/json_object.hpp"

namespace tidewire {

namespace {

using protocol::json_array;
using protocol::json_object;

constexpr std::uint64_t limit_default = 50;
constexpr std::uint64_t limit_max = 1'000;

struct order_name {
  std::string_view name;
  actor_order by;
};
constexpr std::array orders{
    order_name{"mailbox", actor_order::mailbox}, order_name{"wait", actor_order::wait},   order_name{"time", actor_order::time},
    order_name{"p99", actor_order::p99},         order_name{"max", actor_order::longest}, order_name{"handled", actor_order::handled},
    order_name{"memory", actor_order::memory},
};

result<std::size_t> limit_of(const api::request_target& asked) {
  const auto* given = asked.find("limit");
  if (given == nullptr) return limit_default;
  const auto read = json_unsigned(*given);
  if (!read || *read == 0 || *read > limit_max) return fail(errc::bad_request, "limit is a number from 1 to " + std::to_string(limit_max));
  return *read;
}

result<void> check_parameters(const api::request_target& asked, std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : asked.parameters)
    if (std::ranges::find(known, name) == known.end()) return fail(errc::bad_request, "the query has an unknown parameter: " + name);
  return {};
}

// In that unit, with up to six digits behind the point.
void fraction(json_object& to, std::string_view name, std::uint64_t value, std::uint64_t unit) {
  auto& out = to.name(name);
  append_json_unsigned(out, value / unit);
  const auto rest = value % unit * 1'000'000 / unit;
  if (rest == 0) return;
  auto digits = std::to_string(1'000'000 + rest).substr(1);
  digits.erase(digits.find_last_not_of('0') + 1);
  out.append(".").append(digits);
}

void add_times(json_object& to, const time_histogram::counts& seen) {
  fraction(to, "handler_s", seen.sum_ns, 1'000'000'000);
  fraction(to, "mean_us", seen.mean_ns(), 1'000);
  fraction(to, "p50_us", seen.quantile_ns(0.5), 1'000);
  fraction(to, "p99_us", seen.quantile_ns(0.99), 1'000);
  fraction(to, "max_us", seen.max_ns, 1'000);
}

void add_actor(std::string& out, const actor_view& of) {
  json_object all(out);
  all.number("id", of.id);
  all.string("kind", of.kind);
  all.string("name", of.name);
  all.number("mailbox", of.mailbox);
  fraction(all, "oldest_wait_ms", of.oldest_wait_ns, 1'000'000);
  fraction(all, "longest_wait_ms", of.longest_wait_ns, 1'000'000);
  all.number("handled", of.handled);
  all.number("refused", of.refused);
  fraction(all, "handler_s", of.time_ns, 1'000'000'000);
  fraction(all, "mean_us", of.handled == 0 ? 0 : of.time_ns / of.handled, 1'000);
  fraction(all, "p99_us", of.p99_ns, 1'000);
  fraction(all, "max_us", of.longest_ns, 1'000);
  all.number("restarts", of.restarts);
  if (of.last_error.empty()) {
    all.name("last_error") += "null";
  } else {
    all.string("last_error", of.last_error);
  }
  all.number("memory_bytes", of.memory_bytes);
}

void add_hitters(std::string& out, const heavy_hitters::summary& seen, std::string_view measure) {
  json_object all(out);
  all.number("over_ms", seen.over_ms < 0 ? 0 : static_cast<std::uint64_t>(seen.over_ms));
  all.number("total", seen.total);
  json_array rows(all.name("data"));
  for (const auto& each : seen.entries) {
    json_object row(rows.item());
    row.string("name", each.name);
    row.number(measure, each.amount);
    row.number_unless_zero("error", each.error);
  }
}

}  // namespace

std::string actor_kinds_body() {
  std::string body;
  {
    json_object all(body);
    for (const auto* kind : actor_kinds()) {
      json_object of(all.key(kind->name));
      of.number("alive", kind->alive());
      of.number("started", kind->started);
      of.number("ended", kind->ended);
      of.number("crashed", kind->crashed);
      of.number("handled", kind->handled);
      of.number("refused", kind->refused);
      add_times(of, kind->times.read());
    }
  }
  return body;
}

result<std::string> actor_list_body(const api::request_target& asked) {
  if (const auto known = check_parameters(asked, {"kind", "name", "sort", "limit"}); !known) return tl::unexpected(known.error());
  const auto limit = limit_of(asked);
  if (!limit) return tl::unexpected(limit.error());
  actor_registry::question what;
  what.max = *limit;
  if (const auto* kind = asked.find("kind")) what.kind = *kind;
  if (const auto* name = asked.find("name")) what.name = *name;
  if (const auto* sort = asked.find("sort")) {
    const auto found = std::ranges::find(orders, *sort, &order_name::name);
    if (found == orders.end()) return fail(errc::bad_request, "sort is mailbox, wait, time, p99, max, handled or memory");
    what.by = found->by;
  }
  const auto found = actor_registry::look(what);
  std::string body;
  {
    json_object all(body);
    {
      json_array rows(all.name("data"));
      for (const auto& each : found.actors) add_actor(rows.item(), each);
    }
    all.number("total", found.matching);
  }
  return body;
}

result<std::string> hot_body(const engine& own, const api::request_target& asked) {
  if (const auto known = check_parameters(asked, {"limit"}); !known) return tl::unexpected(known.error());
  const auto limit = limit_of(asked);
  if (!limit) return tl::unexpected(limit.error());
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
  std::string body;
  {
    json_object all(body);
    add_hitters(all.name("actors"), hot_actors().read(*limit, now), "handler_ns");
    add_hitters(all.name("rooms"), own.hot_rooms.read(*limit, now), "told");
  }
  return body;
}

}  // namespace tidewire
