#include "schemas/api/etag.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace tidewire::api {

namespace {

struct listed_tag {
  bool weak = false;
  std::string_view opaque;  // between the quotes
};

constexpr std::string_view white_space = " \t";

void skip(std::string_view& text, std::string_view characters) noexcept {
  text.remove_prefix(std::min(text.find_first_not_of(characters), text.size()));
}

// RFC 9110 §8.8.3: visible characters but the quote, and obs-text.
bool is_opaque(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7F; });
}

// The tags of a list; nothing if malformed. Empty elements are skipped (RFC 9110 §5.6.1).
std::optional<std::vector<listed_tag>> parse_list(std::string_view field) {
  std::vector<listed_tag> tags;
  for (skip(field, " \t,"); !field.empty(); skip(field, " \t,")) {
    listed_tag tag;
    if (field.starts_with("W/")) {
      tag.weak = true;
      field.remove_prefix(2);
    }
    if (!field.starts_with('"')) return std::nullopt;
    const auto end = field.find('"', 1);
    if (end == std::string_view::npos) return std::nullopt;
    tag.opaque = field.substr(1, end - 1);
    if (!is_opaque(tag.opaque)) return std::nullopt;
    tags.push_back(tag);
    field.remove_prefix(end + 1);
    skip(field, white_space);
    if (!field.empty() && !field.starts_with(',')) return std::nullopt;
  }
  return tags;
}

// Nothing if it is not one of ours.
std::optional<entity_tag> parse_tag(std::string_view opaque) {
  const auto colon = opaque.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  const auto digits = opaque.substr(colon + 1);
  if (digits.empty() || digits.front() == '0') return std::nullopt;
  std::uint64_t version = 0;
  const auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), version);
  if (error != std::errc{} || rest != digits.data() + digits.size()) return std::nullopt;
  return entity_tag{std::string(opaque.substr(0, colon)), version};
}

std::string_view trimmed(std::string_view text) noexcept {
  skip(text, white_space);
  return text.substr(0, text.find_last_not_of(white_space) + 1);
}

}  // namespace

std::string format_etag(std::string_view epoch, std::uint64_t version) {
  return '"' + std::string(epoch) + ':' + std::to_string(version) + '"';
}

result<precondition> parse_precondition(std::string_view if_match, std::string_view if_none_match) {
  if_match = trimmed(if_match);
  if_none_match = trimmed(if_none_match);
  using demand = precondition::demand;
  if (if_match.empty() && if_none_match.empty()) return precondition{};
  if (!if_match.empty() && !if_none_match.empty()) return fail(errc::bad_request, "If-Match and If-None-Match exclude each other");
  if (if_none_match == "*") return precondition{demand::absent, {}};
  if (!if_none_match.empty()) return fail(errc::bad_request, "If-None-Match of a change must be *");
  if (if_match == "*") return precondition{demand::exists, {}};
  const auto listed = parse_list(if_match);
  if (!listed || listed->empty()) return fail(errc::bad_request, "If-Match is not * or a list of entity tags in quotes");
  precondition asked{demand::one_of, {}};
  for (const auto& tag : *listed) {
    auto ours = parse_tag(tag.opaque);
    if (ours && !tag.weak) asked.tags.push_back(std::move(*ours));
  }
  return asked;
}

bool none_match_hits(std::string_view if_none_match, std::string_view epoch, std::uint64_t version) {
  if_none_match = trimmed(if_none_match);
  if (if_none_match == "*") return true;
  const auto listed = parse_list(if_none_match);
  return listed && std::any_of(listed->begin(), listed->end(), [&](const listed_tag& tag) {
           return parse_tag(tag.opaque) == entity_tag{std::string(epoch), version};
         });
}

}  // namespace tidewire::api
