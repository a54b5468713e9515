#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "schemas/json.hpp"

namespace tidewire {
namespace {

// A number without what can be written in several ways: digits without zeros at either end, times ten to the exponent.
struct decimal {
  bool negative = false;
  std::string digits;
  std::int64_t exponent = 0;

  bool operator==(const decimal&) const = default;
};

// Nothing if the exponent is out of all range.
std::optional<decimal> read_decimal(std::string_view raw) {
  decimal made;
  made.negative = raw.starts_with('-');
  if (made.negative) raw.remove_prefix(1);
  const auto mark = std::min(raw.find_first_of("eE"), raw.size());
  if (mark < raw.size()) {
    auto digits = raw.substr(mark + 1);
    if (digits.starts_with('+')) digits.remove_prefix(1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), made.exponent);
    if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    constexpr std::int64_t most = std::int64_t{1} << 60;
    if (made.exponent > most || made.exponent < -most) return std::nullopt;
  }
  bool behind_point = false;
  for (const char c : raw.substr(0, mark)) {
    if (c == '.') {
      behind_point = true;
      continue;
    }
    if (behind_point) --made.exponent;
    if (c != '0' || !made.digits.empty()) made.digits.push_back(c);
  }
  while (made.digits.ends_with('0')) {
    made.digits.pop_back();
    ++made.exponent;
  }
  if (made.digits.empty()) return decimal{};  // zero has no sign and no exponent
  return made;
}

bool equal_numbers(std::string_view left, std::string_view right) {
  if (left == right) return true;
  const auto one = read_decimal(left);
  const auto other = read_decimal(right);
  return one && other && *one == *other;
}

bool equal_arrays(std::string_view left, std::string_view right) {
  const auto one = json_elements(left);
  const auto other = json_elements(right);
  return one && other && std::ranges::equal(*one, *other, json_equal);
}

bool equal_objects(std::string_view left, std::string_view right) {
  auto one = json_members(left);
  auto other = json_members(right);
  if (!one || !other || one->size() != other->size()) return false;
  std::ranges::sort(*one, {}, &json_member::name);
  std::ranges::sort(*other, {}, &json_member::name);
  return std::ranges::equal(*one, *other,
                            [](const json_member& a, const json_member& b) { return a.name == b.name && json_equal(a.raw, b.raw); });
}

}  // namespace

bool json_equal(std::string_view left, std::string_view right) {
  if (left.empty() || right.empty()) return left.empty() && right.empty();
  const auto kind = kind_of(left);
  if (kind != kind_of(right)) return false;
  switch (kind) {
    case json_kind::object: return equal_objects(left, right);
    case json_kind::array: return equal_arrays(left, right);
    case json_kind::string: return left == right || json_string(left) == json_string(right);
    case json_kind::number: return equal_numbers(left, right);
    case json_kind::boolean: return left == right;
    case json_kind::null: return true;
  }
  return false;
}

}  // namespace tidewire
