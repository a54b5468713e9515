#include "schemas/tag_filter.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "schemas/json.hpp"
#include "schemas/limit_hits.hpp"

namespace tidewire {
namespace {

using test = tag_filter::test;

constexpr std::array comparisons{
    std::pair<std::string_view, test>{"eq", test::eq},   std::pair<std::string_view, test>{"neq", test::neq},
    std::pair<std::string_view, test>{"in", test::in},   std::pair<std::string_view, test>{"nin", test::nin},
    std::pair<std::string_view, test>{"ex", test::ex},   std::pair<std::string_view, test>{"nex", test::nex},
    std::pair<std::string_view, test>{"sw", test::sw},   std::pair<std::string_view, test>{"ew", test::ew},
    std::pair<std::string_view, test>{"ct", test::ct},   std::pair<std::string_view, test>{"lt", test::lt},
    std::pair<std::string_view, test>{"lte", test::lte}, std::pair<std::string_view, test>{"gt", test::gt},
    std::pair<std::string_view, test>{"gte", test::gte},
};

constexpr std::array operators{
    std::pair<std::string_view, test>{"and", test::all_of},
    std::pair<std::string_view, test>{"or", test::any_of},
    std::pair<std::string_view, test>{"not", test::none_of},
};

std::optional<test> find(const auto& table, std::string_view name) {
  const auto found = std::ranges::find(table, name, [](const auto& row) { return row.first; });
  return found == table.end() ? std::nullopt : std::optional(found->second);
}

bool compares_numbers(test what) noexcept { return what >= test::lt && what <= test::gte; }

std::optional<double> number_in(std::string_view text) noexcept {
  double value = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && rest == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

// Reads a tree of nodes, as deep and as large as may be.
class reader {
 public:
  explicit reader(const limits& bounds) : depth_left_(bounds.filter_depth_max), nodes_left_(bounds.filter_nodes_max) {}

  result<tag_filter> read(std::string_view raw) {
    if (exceeds<"filter_depth_max">(depth_left_ == 0)) return fail(errc::bad_request, "the tags filter is nested too deeply");
    if (!take_one()) return too_large();
    const auto members = json_members(raw);
    if (!members) return fail(errc::bad_request, "a node of the tags filter is an object");
    description given;
    for (const auto& [name, value] : *members) {
      if (!take(name, value, given)) return fail(errc::bad_request, "malformed member \"" + name + "\" of the tags filter");
    }
    return given.op.empty() ? comparison(given) : operation(given);
  }

 private:
  struct description {
    std::string op, key, cmp, val;
    std::vector<std::string> vals;
    std::vector<std::string_view> nodes;
  };

  static result<tag_filter> too_large() { return fail(errc::bad_request, "the tags filter has too many nodes and values"); }

  bool take_one() {
    if (exceeds<"filter_nodes_max">(nodes_left_ == 0)) return false;
    --nodes_left_;
    return true;
  }

  static bool take_text(std::string_view raw, std::string& into) {
    if (kind_of(raw) == json_kind::null) return true;
    auto text = json_string(raw);
    if (text) into = std::move(*text);
    return text.has_value();
  }

  static bool take_texts(std::string_view raw, std::vector<std::string>& into) {
    if (kind_of(raw) == json_kind::null) return true;
    const auto elements = json_elements(raw);
    if (!elements) return false;
    for (const auto& each : *elements) {
      auto text = json_string(each);
      if (!text) return false;
      into.push_back(std::move(*text));
    }
    return true;
  }

  static bool take(const std::string& name, std::string_view raw, description& into) {
    if (name == "op") return take_text(raw, into.op);
    if (name == "key") return take_text(raw, into.key);
    if (name == "cmp") return take_text(raw, into.cmp);
    if (name == "val") return take_text(raw, into.val);
    if (name == "vals") return take_texts(raw, into.vals);
    if (name != "nodes" || kind_of(raw) == json_kind::null) return true;
    const auto elements = json_elements(raw);
    if (elements) into.nodes = *elements;
    return elements.has_value();
  }

  result<tag_filter> comparison(description& given) {
    const auto what = find(comparisons, given.cmp);
    if (!what) return fail(errc::bad_request, "unknown comparison \"" + given.cmp + "\" in the tags filter");
    if (given.key.empty()) return fail(errc::bad_request, "a comparison of the tags filter needs a key");
    tag_filter made;
    made.what = *what;
    made.key = std::move(given.key);
    if (*what == test::in || *what == test::nin) {
      if (given.vals.empty()) return fail(errc::bad_request, "\"in\" and \"nin\" of the tags filter need vals");
      for (std::size_t i = 0; i < given.vals.size(); ++i)
        if (!take_one()) return too_large();
      std::ranges::sort(given.vals);
      made.values = std::move(given.vals);
    } else if (*what != test::ex && *what != test::nex) {
      made.values.push_back(std::move(given.val));
    }
    if (compares_numbers(*what)) made.number = number_in(made.values.front());
    return made;
  }

  result<tag_filter> operation(const description& given) {
    const auto what = find(operators, given.op);
    if (!what) return fail(errc::bad_request, "unknown op \"" + given.op + "\" in the tags filter");
    if (given.nodes.empty() || (*what == test::none_of && given.nodes.size() != 1))
      return fail(errc::bad_request, "\"and\" and \"or\" of the tags filter need nodes, \"not\" exactly one");
    tag_filter made;
    made.what = *what;
    --depth_left_;
    for (const auto& each : given.nodes) {
      auto node = read(each);
      if (!node) return node;
      made.nodes.push_back(std::move(*node));
    }
    ++depth_left_;
    return made;
  }

  std::size_t depth_left_;
  std::size_t nodes_left_;
};

const std::string* find_tag(const tag_map& tags, const std::string& key) {
  const auto found = std::ranges::lower_bound(tags, key, {}, [](const auto& tag) -> const std::string& { return tag.first; });
  return found != tags.end() && found->first == key ? &found->second : nullptr;
}

bool compares(const tag_filter& filter, const std::string& tag) {
  const auto left = number_in(tag);
  if (!left || !filter.number) return false;
  switch (filter.what) {
    case test::lt: return *left < *filter.number;
    case test::lte: return *left <= *filter.number;
    case test::gt: return *left > *filter.number;
    default: return *left >= *filter.number;
  }
}

}  // namespace

result<tag_filter> read_tag_filter(std::string_view json, const limits& bounds) { return reader(bounds).read(json); }

bool matches(const tag_filter& filter, const tag_map& tags) {
  const auto of_node = [&](const tag_filter& node) { return matches(node, tags); };
  switch (filter.what) {
    case test::all_of: return std::ranges::all_of(filter.nodes, of_node);
    case test::any_of: return std::ranges::any_of(filter.nodes, of_node);
    case test::none_of: return std::ranges::none_of(filter.nodes, of_node);
    default: break;
  }
  const auto* tag = find_tag(tags, filter.key);
  switch (filter.what) {
    case test::nex: return tag == nullptr;
    case test::neq: return tag == nullptr || *tag != filter.values.front();
    case test::nin: return tag == nullptr || !std::ranges::binary_search(filter.values, *tag);
    default: break;
  }
  if (tag == nullptr) return false;
  switch (filter.what) {
    case test::ex: return true;
    case test::eq: return *tag == filter.values.front();
    case test::in: return std::ranges::binary_search(filter.values, *tag);
    case test::sw: return tag->starts_with(filter.values.front());
    case test::ew: return tag->ends_with(filter.values.front());
    case test::ct: return tag->find(filter.values.front()) != std::string::npos;
    default: return compares(filter, *tag);
  }
}

}  // namespace tidewire
