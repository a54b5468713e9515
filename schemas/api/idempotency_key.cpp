#include "schemas/api/idempotency_key.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "schemas/api/fingerprint.hpp"
#include "schemas/names.hpp"

namespace tidewire::api {

namespace {

// Apart from the ids of single publications: "key".
constexpr std::string_view scope = "request";

std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view white_space = " \t";
  text.remove_prefix(std::min(text.find_first_not_of(white_space), text.size()));
  return text.substr(0, text.find_last_not_of(white_space) + 1);
}

// sf-string: printable ASCII; quotes and backslashes stand behind a backslash.
std::optional<std::string> unquoted(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::nullopt;
  text = text.substr(1, text.size() - 2);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escaped = text[i] == '\\';
    if (escaped && ++i == text.size()) return std::nullopt;
    if (text[i] < 0x20 || text[i] > 0x7E) return std::nullopt;
    if (escaped != (text[i] == '"' || text[i] == '\\')) return std::nullopt;
    out.push_back(text[i]);
  }
  return out;
}

bool is_plain(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F && c != '"' && c != ','; });
}

}  // namespace

result<std::string> parse_idempotency_key(std::string_view field, const limits& bounds) {
  field = trimmed(field);
  auto key = field.starts_with('"') ? unquoted(field) : is_plain(field) ? std::optional(std::string(field)) : std::nullopt;
  if (!key || key->empty()) return fail(errc::bad_request, "Idempotency-Key must be one string in quotes");
  if (auto checked = check_idempotency_id(*key, bounds.idempotency_id_bytes_max); !checked)
    return fail(checked.error().code, "Idempotency-Key: " + checked.error().detail);
  return std::move(*key);
}

result<void> make_idempotent(std::vector<operation>& operations, std::string_view form, std::string_view caller, std::string key) {
  if (operations.empty()) return {};
  if (std::ranges::any_of(operations, [](const operation& each) { return each.once.has_value(); }))
    return fail(errc::bad_request, "what has an id of its own, as every CloudEvent has, applies once by that: send no Idempotency-Key");
  std::string owned(scope);
  owned.append(1, '\0').append(caller);
  auto print = fingerprint_of(form, operations);
  const auto covers = static_cast<std::uint32_t>(operations.size());
  operations.front().once = idempotency{std::move(owned), std::move(key), std::move(print), covers};
  return {};
}

}  // namespace tidewire::api
