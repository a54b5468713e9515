#include "schemas/api/binary_event.hpp"

#include <algorithm>
#include <optional>

#include "schemas/api/media_type.hpp"
#include "schemas/api/uri.hpp"
#include "schemas/json.hpp"
#include "schemas/names.hpp"

namespace tidewire::api {

namespace {

std::string header_of(std::string_view attribute) { return "ce-" + std::string(attribute.substr(0, 64)); }

// §3.1.3.2: a string in double quotes with backslashes first, then one round of percent-decoding.
std::optional<std::string> decode(std::string_view value) {
  if (!value.starts_with('"')) return percent_decode(value);
  std::string plain;
  for (std::size_t at = 1; at < value.size(); ++at) {
    if (value[at] == '"') return at + 1 == value.size() ? percent_decode(plain) : std::nullopt;
    if (value[at] == '\\' && ++at == value.size()) break;
    plain.push_back(value[at]);
  }
  return std::nullopt;  // the quote is not closed
}

result<std::string> data_of(std::string_view content_type, std::string_view body, const limits& bounds) {
  const auto type = media_type(content_type);
  if (is_json(type)) {
    auto json = canonical_json(body, bounds);
    if (!json) return fail(json.error().code, "the body: " + json.error().detail);
    return json;
  }
  if (!type.starts_with("text/"))
    return fail(errc::unsupported_media, "content-type: the data of an event is JSON, or text in UTF-8: documents are JSON");
  if (!valid_utf8(body)) return fail(errc::bad_request, "the body: is not UTF-8");
  std::string text;
  append_json_string(text, body);
  return text;
}

}  // namespace

result<std::string> structured_event(const event_attributes& attributes, std::string_view content_type, std::string_view body,
                                     const limits& bounds) {
  std::string event = "{";
  for (auto each = attributes.begin(); each != attributes.end(); ++each) {
    const auto& [name, sent] = *each;
    if (std::any_of(attributes.begin(), each, [&](const auto& before) { return before.first == each->first; }))
      return fail(errc::bad_request, header_of(name) + ": may stand once");
    if (name == "data" || name == "data_base64")
      return fail(errc::bad_request, header_of(name) + ": is no attribute: the body is the data");
    if (name == "datacontenttype") return fail(errc::bad_request, "ce-datacontenttype: must not be there: content-type says it");
    const auto value = decode(sent);
    if (!value) return fail(errc::bad_request, header_of(name) + ": is not percent-encoded UTF-8");
    append_json_string(event, name);
    event += ':';
    append_json_string(event, *value);
    event += ',';
  }
  if (!content_type.empty()) {
    event += R"("datacontenttype":)";
    append_json_string(event, content_type);
    event += ',';
  }
  if (!body.empty()) {
    const auto data = data_of(content_type, body, bounds);
    if (!data) return tl::unexpected(data.error());
    event.append(R"("data":)").append(*data);
  } else if (event.back() == ',') {
    event.pop_back();
  }
  return event + '}';
}

failure in_headers(failure why) {
  if (!why.detail.starts_with('/')) return why;
  const auto end = std::min(why.detail.find(':'), why.detail.size());
  const auto member = why.detail.substr(1, end - 1);
  const auto place = member == "data" ? "the body" : member == "datacontenttype" ? "content-type" : header_of(member);
  why.detail.replace(0, end, place);
  return why;
}

}  // namespace tidewire::api
