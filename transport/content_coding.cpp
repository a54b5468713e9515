#include "transport/content_coding.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "schemas/deflate.hpp"
#include "transport/http_text.hpp"

namespace tidewire::transport {
namespace {

constexpr std::string_view tag_suffix = "-gzip\"";

// qvalue = "0" [ "." 0*3DIGIT ] / "1" [ "." 0*3"0" ], in thousandths.
std::optional<int> parse_weight(std::string_view text) noexcept {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  if (text.size() > 1 && text[1] != '.') return std::nullopt;
  int weight = (text[0] - '0') * 1'000;
  int unit = 100;
  for (std::size_t i = 2; i < text.size(); ++i, unit /= 10) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    weight += (text[i] - '0') * unit;
  }
  return weight <= 1'000 ? std::optional(weight) : std::nullopt;
}

// The weights of Accept-Encoding, in thousandths, as far as they are given.
struct accepted_codings {
  std::optional<int> gzip;
  std::optional<int> identity;
  std::optional<int> others;

  // False: the text is no list of weighted codings.
  bool add(std::string_view list) {
    bool good = true;
    for_each_item(list, [&](std::string_view item) {
      const auto semicolon = item.find(';');
      const auto coding = trim(item.substr(0, semicolon));
      int weight = 1'000;
      if (semicolon != std::string_view::npos) {
        const auto parameter = trim(item.substr(semicolon + 1));
        const auto given = equals_ignoring_case(parameter.substr(0, 2), "q=") ? parse_weight(parameter.substr(2)) : std::nullopt;
        good = good && given;
        weight = given.value_or(0);
      }
      if (equals_ignoring_case(coding, "gzip") || equals_ignoring_case(coding, "x-gzip")) gzip = weight;
      if (equals_ignoring_case(coding, "identity")) identity = weight;
      if (coding == "*") others = weight;
    });
    return good;
  }

  bool prefer_gzip() const noexcept {
    const int wanted = gzip.value_or(others.value_or(0));
    return wanted > 0 && wanted >= identity.value_or(0);
  }
};

bool accepts_gzip(const http_request& request) {
  accepted_codings accepted;
  for (const auto& field : request.headers)
    if (field.name == "accept-encoding" && !accepted.add(field.value)) return false;
  return accepted.prefer_gzip();
}

// "x-gzip" → "x". True if there was one.
bool strip_suffixes(std::string& tags) {
  bool found = false;
  for (auto at = tags.find(tag_suffix); at != std::string::npos; at = tags.find(tag_suffix, at)) {
    tags.erase(at, tag_suffix.size() - 1);
    found = true;
  }
  return found;
}

bool gets_smaller(std::string_view content_type) noexcept {
  const auto essence = trim(content_type.substr(0, content_type.find(';')));
  static constexpr std::array<std::string_view, 4> known{"application/json", "application/javascript", "application/manifest+json",
                                                         "image/svg+xml"};
  return essence.starts_with("text/") || essence.ends_with("+json") || essence.ends_with("+xml") || std::ranges::count(known, essence) > 0;
}

header* find(http_response& response, std::string_view name) {
  const auto found = std::ranges::find_if(response.headers, [&](const header& each) { return equals_ignoring_case(each.name, name); });
  return found == response.headers.end() ? nullptr : &*found;
}

void mark_tag(http_response& response) {
  auto* tag = find(response, "etag");
  if (tag != nullptr && tag->value.ends_with('"')) tag->value.replace(tag->value.size() - 1, 1, tag_suffix);
}

}  // namespace

coding_terms take_coding_terms(http_request& request) {
  coding_terms terms{.reads = request.method == "GET"};
  terms.takes_gzip = terms.reads && accepts_gzip(request);
  for (auto& field : request.headers) {
    if (field.name == "if-match") strip_suffixes(field.value);
    if (field.name == "if-none-match" && strip_suffixes(field.value)) terms.holds_gzip = true;
  }
  return terms;
}

void encode_content(http_response& response, const coding_terms& terms, const compression_options& how) {
  if (!how.enabled || !terms.reads) return;
  if (response.status == 304) {
    response.headers.push_back({"vary", "accept-encoding"});
    if (terms.takes_gzip && terms.holds_gzip) mark_tag(response);
    return;
  }
  if (response.body.size() < how.min_size || !gets_smaller(response.content_type) || find(response, "content-encoding") != nullptr) return;
  response.headers.push_back({"vary", "accept-encoding"});
  if (!terms.takes_gzip) return;
  response.body = gzip(response.body, how.level);
  response.headers.push_back({"content-encoding", "gzip"});
  mark_tag(response);
}

}  // namespace tidewire::transport
