#include "tools/ctl/json_row.hpp"

namespace tidewire::ctl {

json_row::json_row(std::string_view object) {
  if (object.empty() || kind_of(object) != json_kind::object) return;
  if (auto found = json_members(object)) members_ = std::move(*found);
}

std::string_view json_row::raw(std::string_view name) const {
  for (auto each = members_.rbegin(); each != members_.rend(); ++each)
    if (each->name == name) return each->raw;
  return {};
}

std::string json_row::text(std::string_view name) const {
  const auto found = raw(name);
  return found.empty() || found == "null" ? "" : text_of(found);
}

std::vector<std::string_view> json_row::list(std::string_view name) const {
  const auto found = raw(name);
  if (found.empty() || kind_of(found) != json_kind::array) return {};
  return json_elements(found).value_or(std::vector<std::string_view>{});
}

std::string text_of(std::string_view raw) {
  if (raw.empty()) return {};
  return json_string(raw).value_or(std::string(raw));
}

}  // namespace tidewire::ctl
