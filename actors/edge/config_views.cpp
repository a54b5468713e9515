#include "actors/edge/config_views.hpp"

#include <map>

#include "schemas/config/entries.hpp"
#include "schemas/json.hpp"
#include "schemas/protocol/json_object.hpp"

namespace tidewire {

namespace {

using protocol::json_array;
using protocol::json_object;

struct difference {
  const config_entry* running = nullptr;  // null: not there
  const config_entry* file = nullptr;
};
using entries = std::vector<config_entry>;

result<entries> started_with(const config_source& from) { return from.path.empty() ? entries{} : config_entries(from.at_start, from.path); }

result<entries> in_file(const config_source& from) {
  if (from.path.empty()) return entries{};
  const auto text = from.read();
  if (!text) return tl::unexpected(text.error());
  return config_entries(*text, from.path);
}

std::map<std::string_view, difference> compare(const entries& running, const entries& file) {
  std::map<std::string_view, difference> all;
  for (const auto& each : running) all[each.key].running = &each;
  for (const auto& each : file) all[each.key].file = &each;
  std::erase_if(all, [](const auto& each) { return each.second.running && each.second.file && *each.second.running == *each.second.file; });
  return all;
}

void show(json_object& to, std::string_view name, const config_entry* what) {
  if (what == nullptr) return;
  auto& out = to.key(name);
  what->secret ? append_json_string(out, "(secret)") : void(out += what->value);
}

}  // namespace

result<std::string> config_body(const config_source& from, const server_options& options) {
  const auto all = started_with(from);
  if (!all) return tl::unexpected(all.error());
  std::string body;
  {
    json_object shown(body);
    // These may come from flags and the environment.
    shown.string("listen", options.listen);
    shown.string("admin", options.admin);
    shown.string("data", options.data);
    shown.string("log_level", options.log_level);
    shown.name("dev") += options.dev ? "true" : "false";
    for (const auto& each : *all)
      if (each.key != "listen" && each.key != "admin" && each.key != "data" && each.key != "log_level") show(shown, each.key, &each);
  }
  return body;
}

result<std::string> config_diff_body(const config_source& from) {
  const auto running = started_with(from);
  if (!running) return tl::unexpected(running.error());
  const auto file = in_file(from);
  if (!file) return tl::unexpected(file.error());
  std::string body;
  {
    json_object all(body);
    json_array rows(all.name("data"));
    for (const auto& [key, each] : compare(*running, *file)) {
      json_object row(rows.item());
      row.string("key", key);
      show(row, "running", each.running);
      show(row, "file", each.file);
      row.name("restart") += takes_effect_at_reload(key) ? "false" : "true";
    }
  }
  return body;
}

result<std::string> config_reload_body(const config_source& from) {
  const auto running = started_with(from);
  if (!running) return tl::unexpected(running.error());
  const auto file = in_file(from);
  if (!file) return tl::unexpected(file.error());
  if (from.reload)
    if (const auto done = from.reload(); !done) return tl::unexpected(done.error());
  std::string body;
  {
    json_object all(body);
    all.name("reloaded") += "true";
    json_array rows(all.name("after_restart"));
    for (const auto& [key, each] : compare(*running, *file))
      if (!takes_effect_at_reload(key)) append_json_string(rows.item(), key);
  }
  return body;
}

}  // namespace tidewire
