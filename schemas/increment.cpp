#include <charconv>
#include <cmath>
#include <optional>
#include <unordered_map>
#include <vector>

#include "schemas/document.hpp"
#include "schemas/json.hpp"

namespace tidewire {
namespace {

// A JSON number that can be added to: whole, or a double.
struct number {
  bool is_whole = true;
  std::int64_t whole = 0;
  double fractional = 0;

  double value() const noexcept { return is_whole ? static_cast<double>(whole) : fractional; }
};

struct step {
  number by;
  std::optional<number> min;
  std::optional<number> max;
};

bool looks_whole(std::string_view raw) noexcept { return raw.find_first_of(".eE") == std::string_view::npos; }

// Nothing if `raw` is no number or does not fit.
std::optional<number> read_number(std::string_view raw) noexcept {
  if (looks_whole(raw)) {
    const auto whole = json_signed(raw);
    return whole ? std::optional(number{true, *whole, 0}) : std::nullopt;
  }
  const auto fractional = json_number(raw);
  return fractional ? std::optional(number{false, 0, *fractional}) : std::nullopt;
}

std::optional<step> read_step(std::string_view raw) {
  if (kind_of(raw) != json_kind::object) {
    const auto by = read_number(raw);
    return by ? std::optional(step{*by, {}, {}}) : std::nullopt;
  }
  const auto members = json_members(raw);
  if (!members) return std::nullopt;
  step read;
  bool has_by = false;
  for (const auto& [name, value] : *members) {
    const auto given = read_number(value);
    if (!given) return std::nullopt;
    if (name == "by") {
      read.by = *given;
      has_by = true;
    } else if (name == "min") {
      read.min = given;
    } else if (name == "max") {
      read.max = given;
    } else {
      return std::nullopt;
    }
  }
  return has_by ? std::optional(read) : std::nullopt;
}

// Nothing if the sum leaves the range of its kind.
std::optional<number> add(const number& left, const number& right) noexcept {
  number sum;
  if (left.is_whole && right.is_whole) {
    if (__builtin_add_overflow(left.whole, right.whole, &sum.whole)) return std::nullopt;
    return sum;
  }
  sum.is_whole = false;
  sum.fractional = left.value() + right.value();
  if (!std::isfinite(sum.fractional)) return std::nullopt;
  return sum;
}

bool less(const number& left, const number& right) noexcept {
  if (left.is_whole && right.is_whole) return left.whole < right.whole;
  return left.value() < right.value();
}

std::string to_text(const number& value) {
  char digits[32];
  const auto end = value.is_whole ? std::to_chars(std::begin(digits), std::end(digits), value.whole).ptr
                                  : std::to_chars(std::begin(digits), std::end(digits), value.fractional).ptr;
  std::string text(digits, end);
  if (!value.is_whole && looks_whole(text)) text += ".0";
  return text;
}

result<number> sum_of(const std::string& name, std::string_view current, const step& wanted) {
  const auto member = [&] { return "member \"" + name + "\""; };
  if (kind_of(current) != json_kind::number) return fail(errc::unprocessable, member() + " is no number");
  const auto now = read_number(current);
  const auto sum = now ? add(*now, wanted.by) : std::nullopt;
  if (!sum) return fail(errc::conflict, member() + " would leave the range of numbers");
  if (wanted.min && less(*sum, *wanted.min)) {
    return fail(errc::conflict, member() + " would be " + to_text(*sum) + ", below its minimum " + to_text(*wanted.min));
  }
  if (wanted.max && less(*wanted.max, *sum)) {
    return fail(errc::conflict, member() + " would be " + to_text(*sum) + ", above its maximum " + to_text(*wanted.max));
  }
  return *sum;
}

}  // namespace

result<std::string> increment(std::string_view document, std::string_view operand, const limits& bounds) {
  const auto steps = json_members(operand);
  if (!steps) return fail(errc::bad_request, "the operand of increment is an object of numbers");
  const auto members = json_members(document.empty() ? "{}" : document);
  if (!members) return fail(errc::unprocessable, "increment needs a document that is an object");
  std::unordered_map<std::string_view, std::string_view> current;
  for (const auto& each : *members) current.emplace(each.name, each.raw);

  std::string patch = "{";
  for (const auto& [name, raw] : *steps) {
    const auto wanted = read_step(raw);
    if (!wanted)
      return fail(errc::bad_request, "the step of \"" + name + R"(" is a number or {"by": number, "min": number, "max": number})");
    const auto found = current.find(name);
    const auto sum = sum_of(name, found == current.end() ? "0" : found->second, *wanted);
    if (!sum) return tl::unexpected(sum.error());
    if (patch.size() > 1) patch += ',';
    append_json_string(patch, name);
    patch += ':';
    patch += to_text(*sum);
  }
  return merge_patch(document, patch + '}', bounds);
}

}  // namespace tidewire
