#include "tools/ctl/config_view.hpp"

#include "tools/ctl/json_row.hpp"
#include "tools/ctl/shown.hpp"
#include "tools/ctl/text_table.hpp"

namespace tidewire::ctl {

namespace {

constexpr std::size_t depth_max = 20;

void append_settings(std::string& out, std::string_view raw, const std::string& name, std::size_t depth) {
  const bool is_object = !raw.empty() && kind_of(raw) == json_kind::object;
  if (!is_object || depth > depth_max) {
    out += shown(name) + " = " + shown_json(raw) + '\n';
    return;
  }
  const json_row row(raw);
  for (const auto& [inner, value] : row.members()) append_settings(out, value, name.empty() ? inner : name + '.' + inner, depth + 1);
}

void add_difference(text_table& table, const std::string& key, const json_row& row) {
  const auto value = [&](std::string_view name) { return row.has(name) ? shown_json(row.raw(name)) : std::string("–"); };
  table.add({shown(key), value("running"), value("file"), row.flag("restart") ? "after a restart" : ""});
}

}  // namespace

std::string levels_text(std::string_view json) {
  const json_row row(json);
  auto out = fact_line("default", shown(row.text("default")));
  const auto components = row.inner("components");
  for (const auto& [name, raw] : components.members()) out += fact_line(shown(name), shown(text_of(raw)));
  return out;
}

std::string settings_text(std::string_view json) {
  std::string out;
  append_settings(out, json, "", 0);
  return out;
}

std::string differences_text(std::string_view json) {
  text_table table{"KEY", "RUNNING", "FILE", ""};
  const json_row body(json);
  const bool is_list = body.has("data");
  for (const auto raw : body.list("data")) {
    const json_row row(raw);
    add_difference(table, row.text("key"), row);
  }
  bool understood = is_list;
  if (!is_list)
    for (const auto& [key, raw] : body.members()) {
      const json_row row(raw);
      if (!row.has("running") && !row.has("file")) continue;
      understood = true;
      add_difference(table, key, row);
    }
  if (table.rows() > 0) return table.text();
  return understood || body.members().empty() ? "the file says what runs\n" : settings_text(json);
}

}  // namespace tidewire::ctl
