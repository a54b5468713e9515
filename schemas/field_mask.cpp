#include "schemas/field_mask.hpp"

#include <algorithm>

#include "schemas/json.hpp"
#include "schemas/json_cursor.hpp"
#include "schemas/limit_hits.hpp"

namespace tidewire {
namespace {

std::vector<std::string_view> names_of(std::string_view path) {
  std::vector<std::string_view> names;
  for (;;) {
    const auto dot = path.find('.');
    names.push_back(path.substr(0, dot));
    if (dot == std::string_view::npos) return names;
    path.remove_prefix(dot + 1);
  }
}

}  // namespace

result<field_mask> field_mask::of(const std::vector<std::string>& paths, const limits& bounds) {
  if (paths.empty()) return fail(errc::bad_request, "fields names no field");
  if (exceeds<"fields_max">(paths.size() > bounds.fields_max))
    return fail(errc::bad_request, "fields names more than " + std::to_string(bounds.fields_max));
  field_mask made;
  std::vector<std::vector<std::string_view>> chosen;
  for (const auto& path : paths) {
    chosen.push_back(names_of(path));
    const auto& names = chosen.back();
    if (names.size() > bounds.json_depth_max || std::ranges::any_of(names, &std::string_view::empty))
      return fail(errc::bad_request, "\"" + path + "\" is no path of member names joined by dots");
  }
  // The shorter path first: it has all that lies below it.
  std::ranges::stable_sort(chosen, {}, &std::vector<std::string_view>::size);
  for (const auto& names : chosen) {
    auto* at = &made.root_;
    bool known = false;
    for (std::size_t i = 0; i < names.size() && !known; ++i) {
      const auto [found, fresh] = at->members.try_emplace(std::string(names[i]));
      known = !fresh && found->second.members.empty();
      at = &found->second;
    }
  }
  return made;
}

// REQUIRES: neither is a leaf, which stands for everything below it.
void field_mask::add(node& to, const node& more) {
  for (const auto& [name, below] : more.members) {
    const auto [found, fresh] = to.members.try_emplace(name, below);
    auto& known = found->second;
    if (fresh || known.members.empty()) continue;
    below.members.empty() ? known.members.clear() : add(known, below);
  }
}

std::optional<field_mask::node> field_mask::common(const node& one, const node& other) {
  if (one.members.empty()) return other;
  if (other.members.empty()) return one;
  node made;
  for (const auto& [name, below] : one.members) {
    const auto found = other.members.find(name);
    if (found == other.members.end()) continue;
    if (auto shared = common(below, found->second)) made.members.emplace(name, std::move(*shared));
  }
  if (made.members.empty()) return std::nullopt;
  return made;
}

field_mask field_mask::either(const field_mask& one, const field_mask& other) {
  auto made = one;
  add(made.root_, other.root_);
  return made;
}

std::optional<field_mask> field_mask::both(const field_mask& one, const field_mask& other) {
  auto shared = common(one.root_, other.root_);
  if (!shared) return std::nullopt;
  field_mask made;
  made.root_ = std::move(*shared);
  return made;
}

bool field_mask::chooses(std::string_view name) const { return root_.members.contains(name); }

result<field_mask> field_mask::of_list(std::string_view paths, const limits& bounds) {
  std::vector<std::string> split;
  for (std::size_t at = 0; at <= paths.size();) {
    const auto end = std::min(paths.find(',', at), paths.size());
    split.emplace_back(paths.substr(at, end - at));
    at = end + 1;
  }
  return of(split, bounds);
}

std::string field_mask::project(std::string_view document) const {
  std::string out;
  append(out, document, root_);
  return out;
}

void field_mask::append(std::string& out, std::string_view object, const node& chosen) {
  out += '{';
  bool first = true;
  json_cursor members(object, '{');
  for (json_cursor::item member; members.next(member);) {
    auto name = member.name.substr(1, member.name.size() - 2);
    std::string unescaped;
    if (name.find('\\') != std::string_view::npos) {
      unescaped = json_string(member.name).value_or(std::string());
      name = unescaped;
    }
    const auto found = chosen.members.find(name);
    if (found == chosen.members.end()) continue;
    const bool whole = found->second.members.empty();
    if (!whole && kind_of(member.value) != json_kind::object) continue;
    if (!first) out += ',';
    first = false;
    out += member.name;
    out += ':';
    whole ? void(out += member.value) : append(out, member.value, found->second);
  }
  out += '}';
}

}  // namespace tidewire
