#include "schemas/api/cloud_event.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "schemas/api/media_type.hpp"
#include "schemas/base64.hpp"
#include "schemas/json.hpp"
#include "schemas/rfc3339.hpp"

namespace tidewire::api {

namespace {

bool is_alpha(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_hex(char c) noexcept { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// The characters of RFC 3986; what a scheme resolves it to is none of our business.
bool is_uri_reference(std::string_view text) noexcept {
  constexpr std::string_view marks = "-._~:/?#[]@!$&'()*+,;=";
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return false;
    } else if (!is_alpha(text[i]) && !is_digit(text[i]) && marks.find(text[i]) == std::string_view::npos) {
      return false;
    }
  }
  return !text.empty();
}

bool is_absolute_uri(std::string_view text) noexcept {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || !is_alpha(text.front())) return false;
  const auto scheme = text.substr(0, colon);
  return is_uri_reference(text) &&
         std::all_of(scheme.begin(), scheme.end(), [](char c) { return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.'; });
}

bool is_not_empty(std::string_view text) noexcept { return !text.empty(); }
bool is_version_1_0(std::string_view text) noexcept { return text == "1.0"; }
bool is_media_type(std::string_view text) noexcept { return !media_type(text).empty(); }

// The attributes that the specification defines. All are strings.
struct attribute {
  std::string_view name;
  bool required;
  bool (*valid)(std::string_view text);
  std::string_view must_be;
};

constexpr attribute attributes[] = {
    {"id", true, is_not_empty, "a string that is not empty"},
    {"source", true, is_uri_reference, "a URI reference that is not empty"},
    {"specversion", true, is_version_1_0, "\"1.0\""},
    {"type", true, is_not_empty, "a string that is not empty"},
    {"subject", false, is_not_empty, "a string that is not empty"},
    {"time", false, valid_rfc3339, "a time like \"2018-04-05T17:31:00Z\" (RFC 3339)"},
    {"dataschema", false, is_absolute_uri, "an absolute URI"},
    {"datacontenttype", false, is_media_type, "a media type in UTF-8"},
};

bool is_attribute_name(std::string_view name) noexcept {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c); });
}

// The type system of extension attributes: Boolean, Integer (32 bits) and what is written as a string.
bool is_extension_value(std::string_view raw) {
  const auto kind = kind_of(raw);
  if (kind == json_kind::string || kind == json_kind::boolean) return true;
  const auto number = json_signed(raw);
  using bits = std::numeric_limits<std::int32_t>;
  return number && *number >= bits::min() && *number <= bits::max();
}

class event_reader {
 public:
  event_reader(std::string_view pointer, const limits& bounds) : pointer_(pointer), bounds_(bounds) {}

  result<cloud_event> read(std::string_view event) {
    auto members = json_members(event);
    if (!members) return fail_at(pointer_, errc::bad_request, "an event must be an object");
    std::erase_if(*members, [](const json_member& member) { return member.name != "data" && kind_of(member.raw) == json_kind::null; });
    for (const auto& known : attributes)
      if (auto checked = check(known, *members); !checked) return tl::unexpected(checked.error());
    for (const auto& member : *members)
      if (auto taken = take(member); !taken) return tl::unexpected(taken.error());
    if (auto read = read_payload(); !read) return tl::unexpected(read.error());
    return std::move(made_);
  }

 private:
  tl::unexpected<failure> refuse(std::string_view member, errc code, std::string_view what) const {
    return fail_at(member_pointer(pointer_, member), code, what);
  }

  result<void> check(const attribute& known, const std::vector<json_member>& members) const {
    const auto found = std::find_if(members.begin(), members.end(), [&](const json_member& member) { return member.name == known.name; });
    if (found == members.end() && !known.required) return {};
    if (found == members.end()) return refuse(known.name, errc::bad_request, "is missing");
    const auto text = json_string(found->raw);
    if (!text || !known.valid(*text)) return refuse(known.name, errc::bad_request, "must be " + std::string(known.must_be));
    return {};
  }

  // Keeps what concerns us. REQUIRES: the defined attributes were checked.
  result<void> take(const json_member& member) {
    const auto& [name, raw] = member;
    if (name == "data") return keep(made_.data, raw);
    if (name == "data_base64") return keep(data_base64_, raw);
    if (!is_attribute_name(name)) return refuse(name, errc::bad_request, "is no attribute: names are lower-case letters and digits");
    if (!is_extension_value(raw)) return refuse(name, errc::bad_request, "must be a string, a boolean or a 32-bit integer");
    if (name == "id") made_.id = *json_string(raw);
    if (name == "source") made_.source = *json_string(raw);
    if (name == "subject") made_.subject = raw;
    if (name == "op") made_.operation = raw;
    if (name == "ttl") made_.ttl = raw;
    if (name == "ifversion") made_.version = raw;
    if (name == "datacontenttype") content_type_ = media_type(*json_string(raw));
    if (name != "room") return {};
    auto room = json_string(raw);
    if (!room) return refuse(name, errc::bad_request, "must be a string");
    made_.room = std::move(*room);
    return {};
  }

  static result<void> keep(std::string_view& slot, std::string_view raw) {
    slot = raw;
    return {};
  }

  // Data is a JSON value if the content type says so, else a string.
  result<void> read_payload() {
    if (!made_.data.empty() && !data_base64_.empty()) return refuse("data_base64", errc::bad_request, "excludes \"data\"");
    if (!data_base64_.empty()) return read_base64();
    if (!made_.data.empty() && !is_json(content_type_) && kind_of(made_.data) != json_kind::string)
      return refuse("data", errc::bad_request, "must be a string, for datacontenttype is not JSON");
    return {};
  }

  result<void> read_base64() {
    const auto text = json_string(data_base64_);
    const auto bytes = text ? decode_base64(*text) : std::nullopt;
    if (!bytes) return refuse("data_base64", errc::bad_request, "must be a string in base64");
    if (!is_json(content_type_)) return refuse("data_base64", errc::unsupported_media, "can only carry JSON here: documents are JSON");
    auto json = canonical_json(*bytes, bounds_);
    if (!json) return refuse("data_base64", json.error().code, json.error().detail);
    made_.decoded_data = std::move(*json);
    return {};
  }

  std::string_view pointer_;
  const limits& bounds_;
  cloud_event made_;
  std::string_view data_base64_;
  std::string content_type_ = "application/json";
};

}  // namespace

result<cloud_event> read_cloud_event(std::string_view pointer, std::string_view event, const limits& bounds) {
  return event_reader(pointer, bounds).read(event);
}

}  // namespace tidewire::api
