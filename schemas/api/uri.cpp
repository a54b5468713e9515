#include "schemas/api/uri.hpp"

#include <algorithm>

#include "schemas/names.hpp"

namespace tidewire::api {

namespace {

constexpr std::size_t path_segments = 6;  // of the longest path of ours: room for them at once

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// Visible ASCII, and bytes of UTF-8 that a careless client left unencoded.
bool may_stand_in_target(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte > 0x20 && byte != 0x7F && c != '#';
}

result<std::vector<std::string>> split_path(std::string_view path) {
  std::vector<std::string> segments;
  segments.reserve(path_segments);
  if (path.ends_with('/')) path.remove_suffix(1);
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const auto raw = path.substr(0, path.find('/'));
    path.remove_prefix(raw.size());
    auto segment = percent_decode(raw);
    if (!segment) return fail(errc::bad_request, "the path is not percent-encoded UTF-8");
    if (segment->empty()) return fail(errc::bad_request, "the path has an empty segment");
    if (*segment == "." || *segment == "..") return fail(errc::bad_request, "the path has a dot segment");
    segments.push_back(std::move(*segment));
  }
  return segments;
}

result<void> split_query(std::string_view query, request_target& into) {
  while (!query.empty()) {
    const auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    auto name = percent_decode(pair.substr(0, equals));
    auto value = percent_decode(equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1));
    if (!name || !value) return fail(errc::bad_request, "the query is not percent-encoded UTF-8");
    if (into.find(*name)) return fail(errc::bad_request, "the query has \"" + *name + "\" twice");
    into.parameters.emplace_back(std::move(*name), std::move(*value));
  }
  return {};
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text) {
  const auto first = text.find('%');
  std::string decoded(text.substr(0, first));
  if (first != std::string_view::npos) decoded.reserve(text.size());
  for (std::size_t i = decoded.size(); i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.push_back(text[i]);
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = hex_value(text[i + 1]);
    const int low = hex_value(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    decoded.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  if (!valid_utf8(decoded)) return std::nullopt;
  return decoded;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
    if (plain)
      out += c;
    else
      out.append({'%', hex[byte >> 4], hex[byte & 15]});
  }
  return out;
}

const std::string* request_target::find(std::string_view name) const noexcept {
  const auto found = std::find_if(parameters.begin(), parameters.end(), [&](const auto& parameter) { return parameter.first == name; });
  return found == parameters.end() ? nullptr : &found->second;
}

result<request_target> split_target(std::string_view target) {
  if (!target.starts_with('/')) return fail(errc::bad_request, "the request target does not begin with \"/\"");
  if (!std::all_of(target.begin(), target.end(), may_stand_in_target))
    return fail(errc::bad_request, "the request target has a character that must be percent-encoded");
  const auto question = target.find('?');
  request_target parts;
  auto segments = split_path(target.substr(0, question));
  if (!segments) return tl::unexpected(segments.error());
  parts.segments = std::move(*segments);
  if (question == std::string_view::npos) return parts;
  if (auto split = split_query(target.substr(question + 1), parts); !split) return tl::unexpected(split.error());
  return parts;
}

}  // namespace tidewire::api
