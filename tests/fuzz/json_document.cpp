// A document, a newline, an operand: operations on documents against another library, and their invariants.
#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "schemas/apply.hpp"
#include "schemas/document.hpp"
#include "schemas/json.hpp"

using namespace tidewire;
using nlohmann::json;

namespace {

void check_merge(const std::string& document, const std::string& patch) {
  const auto merged = merge_patch(document, patch, limits{});
  assert(merged && canonical_json(*merged, limits{}) == *merged);
  auto expected = document.empty() ? json() : json::parse(document);
  expected.merge_patch(json::parse(patch));
  assert(json::parse(*merged) == expected);
}

void check_apply(operation_kind kind, const std::string& document, const std::string& operand) {
  const entity_document current{"k", 1, 0, document, {{"mine", "1"}, {"state", "stale"}}};
  operation wanted;
  wanted.key = "k";
  wanted.kind = kind;
  wanted.data = operand;
  const auto changed = apply(wanted, document.empty() ? nullptr : &current, "e", limits{});
  if (!changed) {
    assert((kind == operation_kind::increment || kind == operation_kind::patch) && !changed.error().detail.empty());
    return;
  }
  assert(canonical_json(changed->data, limits{}) == changed->data);
  assert(std::is_sorted(changed->tags.begin(), changed->tags.end()));
  const auto indexed = index_tags(changed->data);
  const auto mirrored =
      std::count_if(changed->tags.begin(), changed->tags.end(), [](const auto& each) { return is_index_tag(each.first); });
  assert(static_cast<std::size_t>(mirrored) == indexed.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto cut = std::min(input.find('\n'), input.size());
  const auto rest = input.substr(std::min(cut + 1, input.size()));
  // Slicing stays in bounds even for what is no JSON.
  static_cast<void>(merge_patch(input.substr(0, cut), rest, limits{}));
  static_cast<void>(increment(input.substr(0, cut), rest, limits{}));
  static_cast<void>(json_patch(input.substr(0, cut), rest, limits{}));
  static_cast<void>(json_equal(input.substr(0, cut), rest));
  static_cast<void>(index_tags(input));

  const auto operand = canonical_json(rest, limits{});
  const auto document = cut == 0 ? std::string() : canonical_json(input.substr(0, cut), limits{});
  if (!operand || !document) return 0;
  check_merge(*document, *operand);
  check_apply(operation_kind::merge, *document, *operand);
  check_apply(operation_kind::set, *document, *operand);
  check_apply(operation_kind::increment, *document, *operand);
  check_apply(operation_kind::patch, *document, *operand);
  assert(json_equal(*operand, *operand) && json_equal(*operand, *document) == json_equal(*document, *operand));
  return 0;
}
