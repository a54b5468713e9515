// Which publications a subscription wants, by their tags: `tf` of a subscribe command, the client protocol's FilterNode.
//
//   node = {"key": name, "cmp": comparison, "val": text} | {"key": name, "cmp": "in" | "nin", "vals": [text, …]}
//        | {"op": "and" | "or", "nodes": [node, …]} | {"op": "not", "nodes": [node]}
//
// Plain data and pure functions; any thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/limits.hpp"
#include "schemas/publication.hpp"
#include "schemas/result.hpp"

namespace tidewire {

struct tag_filter {
  // Of a tag that is absent only `neq`, `nin` and `nex` hold. The last four compare numbers: what is no number does not compare.
  enum class test : std::uint8_t { eq, neq, in, nin, ex, nex, sw, ew, ct, lt, lte, gt, gte, all_of, any_of, none_of };

  test what = test::ex;
  std::string key;
  std::vector<std::string> values;  // one, but for in and nin
  std::optional<double> number;     // the value, where numbers are compared
  std::vector<tag_filter> nodes;    // of all_of ("and"), any_of ("or"), none_of ("not": one)

  bool operator==(const tag_filter&) const = default;
};

// Unknown members are ignored. Errors: bad_request, also beyond filter_depth_max levels or filter_nodes_max nodes and values.
result<tag_filter> read_tag_filter(std::string_view json, const limits& bounds);

bool matches(const tag_filter& filter, const tag_map& tags);

// Whether that holds of the name of every tag that it looks at.
template <class Predicate>
bool all_keys(const tag_filter& filter, const Predicate& holds) {
  if (filter.nodes.empty()) return holds(filter.key);
  return std::ranges::all_of(filter.nodes, [&](const tag_filter& node) { return all_keys(node, holds); });
}

}  // namespace tidewire
