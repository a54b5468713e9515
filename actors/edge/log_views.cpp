#include "actors/edge/log_views.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>

#include "actors/supervision/log.hpp"
#include "schemas/json.hpp"
#include "schemas/protocol/json_object.hpp"
#include "schemas/rfc3339.hpp"

namespace tidewire {

namespace {

using protocol::json_array;
using protocol::json_object;

constexpr std::size_t limit_max = 1'000;
constexpr std::size_t lines_at_once = 200;  // of a second

void add_page(json_object& to, const log_page& page) {
  {
    json_array rows(to.name("data"));
    for (const auto& each : page.lines) {
      json_object row(rows.item());
      row.number("id", each.id);
      auto& time = row.name("time");
      time += '"';
      append_rfc3339(time, each.time_ms);
      time += '"';
      row.string("level", log_level_name(each.level));
      row.string("component", each.component);
      row.string("message", each.message);
    }
  }
  to.number("last", page.last);
}

failure unknown_level() { return {errc::bad_request, "a level is trace, debug, info, warn, error, critical or off"}; }

}  // namespace

result<std::string> log_body(const api::request_target& asked) {
  log_question what;
  for (const auto& [name, value] : asked.parameters) {
    if (name == "component") {
      what.component = value;
    } else if (name == "level") {
      const auto level = log_level_of(value);
      if (!level) return tl::unexpected(unknown_level());
      what.at_least = *level;
    } else if (name == "after" || name == "limit") {
      const auto number = json_unsigned(value);
      if (!number || (name == "limit" && (*number == 0 || *number > limit_max)))
        return fail(errc::bad_request, "after is the id of a line, limit a number from 1 to 1000");
      (name == "after" ? what.after : what.max) = *number;
    } else {
      return fail(errc::bad_request, "unknown query parameter \"" + name + "\"");
    }
  }
  std::string body;
  {
    json_object all(body);
    add_page(all, read_log(what));
  }
  return body;
}

std::string new_lines_body(std::uint64_t& last) {
  const auto page = read_log({.after = last, .max = lines_at_once});
  std::string body;
  {
    json_object all(body);
    all.number("after", last);
    add_page(all, page);
  }
  last = page.last;
  return body;
}

std::string log_levels_body() {
  std::string body;
  {
    json_object all(body);
    all.string("default", log_level_name(spdlog::default_logger_raw()->level()));
    json_object components(all.name("components"));
    for (const auto& [name, level] : log_levels()) components.entry(name, log_level_name(level));
  }
  return body;
}

result<std::string> change_log_level(std::string_view body, const limits& limit) {
  const auto text = canonical_json(body, limit);
  if (!text) return tl::unexpected(text.error());
  const auto members = json_members(*text);
  if (!members) return tl::unexpected(members.error());
  std::string component;
  std::optional<spdlog::level::level_enum> level;
  for (const auto& each : *members) {
    const auto value = json_string(each.raw);
    if (!value || (each.name != "component" && each.name != "level"))
      return fail(errc::bad_request, R"(say {"level": "debug"}, and perhaps a "component")");
    if (each.name == "component") {
      component = *value;
    } else {
      level = log_level_of(*value);
      if (!level) return tl::unexpected(unknown_level());
    }
  }
  if (!level) return fail(errc::bad_request, R"(say {"level": "debug"}, and perhaps a "component")");
  if (!set_log_level(component, *level)) return fail(errc::unknown_room, "there is no component \"" + component + "\"");
  return log_levels_body();
}

}  // namespace tidewire
