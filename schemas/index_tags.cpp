#include <algorithm>
#include <array>

#include "schemas/document.hpp"
#include "schemas/json.hpp"
#include "schemas/json_cursor.hpp"

namespace tidewire {
namespace {

constexpr std::array<std::string_view, 3> index_names{"source", "state", "type"};  // sorted, as tags are

// Where it stands in index_names, or behind.
std::size_t index_of(std::string_view name) noexcept {
  return static_cast<std::size_t>(std::find(index_names.begin(), index_names.end(), name) - index_names.begin());
}

std::size_t index_of_quoted(std::string_view quoted) {
  if (quoted.find('\\') == std::string_view::npos) return index_of(quoted.substr(1, quoted.size() - 2));
  return index_of(json_string(quoted).value_or(std::string()));
}

}  // namespace

bool is_index_tag(std::string_view name) noexcept { return index_of(name) < index_names.size(); }

tag_map index_tags(std::string_view document) {
  std::array<std::string_view, index_names.size()> values;
  json_cursor cursor(document, '{');
  for (json_cursor::item item; cursor.next(item);) {
    if (const auto at = index_of_quoted(item.name); at < values.size()) values[at] = item.value;
  }
  tag_map tags;
  for (std::size_t at = 0; at < values.size(); ++at) {
    auto value = json_string(values[at]);
    if (value && value->size() <= limits{}.tag_bytes_max) tags.emplace_back(index_names[at], std::move(*value));
  }
  return tags;
}

}  // namespace tidewire
