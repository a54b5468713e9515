#include "schemas/api/operation_reader.hpp"

#include <algorithm>
#include <utility>

#include "schemas/api/fingerprint.hpp"
#include "schemas/document.hpp"
#include "schemas/json.hpp"
#include "schemas/limit_hits.hpp"
#include "schemas/names.hpp"
#include "schemas/rfc3339.hpp"

namespace tidewire::api {

namespace {

constexpr std::pair<std::string_view, operation_kind> kinds[] = {{"merge", operation_kind::merge},
                                                                 {"set", operation_kind::set},
                                                                 {"remove", operation_kind::remove},
                                                                 {"increment", operation_kind::increment},
                                                                 {"patch", operation_kind::patch}};

}  // namespace

std::string member_pointer(std::string_view item, std::string_view member) {
  constexpr std::size_t shown_bytes_max = 64;
  std::string pointer(item);
  pointer.push_back('/');
  for (const char c : member.substr(0, shown_bytes_max)) {
    if (c == '~')
      pointer.append("~0");
    else if (c == '/')
      pointer.append("~1");
    else
      pointer.push_back(c);
  }
  return pointer;
}

tl::unexpected<failure> fail_at(std::string_view pointer, errc code, std::string_view what) {
  return fail(code, (pointer.empty() ? std::string("the body") : std::string(pointer)) + ": " + std::string(what));
}

tl::unexpected<failure> operation_reader::refuse(std::string_view member, errc code, std::string_view what) const {
  return fail_at(member_pointer(pointer_, member), code, what);
}

result<void> operation_reader::read_key(std::string_view member, std::string_view raw) {
  made_.key = json_string(raw);
  if (!made_.key) return refuse(member, errc::bad_request, "must be a string");
  if (const auto checked = check_key(*made_.key, bounds_.key_bytes_max); !checked)
    return refuse(member, checked.error().code, checked.error().detail);
  return {};
}

result<void> operation_reader::read_kind(std::string_view member, std::string_view raw) {
  const auto name = json_string(raw);
  for (const auto& [known, kind] : kinds)
    if (name == known) kind_ = kind;
  if (!kind_) return refuse(member, errc::bad_request, R"(must be "merge", "set", "remove", "increment" or "patch")");
  return {};
}

result<void> operation_reader::read_data(std::string_view member, std::string_view raw) {
  if (exceeds<"document_bytes_max">(raw.size() > bounds_.document_bytes_max))
    return refuse(member, errc::payload_too_large, "is longer than " + std::to_string(bounds_.document_bytes_max) + " bytes");
  made_.data = raw;
  return {};
}

result<void> operation_reader::read_tags(std::string_view member, std::string_view raw) {
  const auto members = json_members(raw);
  if (!members) return refuse(member, errc::bad_request, "must be an object of strings");
  if (exceeds<"tags_max">(members->size() > bounds_.tags_max))
    return refuse(member, errc::limit_exceeded, "has more than " + std::to_string(bounds_.tags_max) + " tags");
  tag_map tags;
  for (const auto& [name, value] : *members) {
    auto text = json_string(value);
    if (!text || name.empty()) return refuse(member, errc::bad_request, "must be an object of strings with names");
    if (exceeds<"tag_bytes_max">(std::max(name.size(), text->size()) > bounds_.tag_bytes_max))
      return refuse(member, errc::limit_exceeded, "has a name or value longer than " + std::to_string(bounds_.tag_bytes_max) + " bytes");
    tags.emplace_back(name, std::move(*text));
  }
  std::sort(tags.begin(), tags.end());
  made_.tags = std::move(tags);
  return {};
}

result<void> operation_reader::read_version(std::string_view member, std::string_view raw) {
  const auto version = json_unsigned(raw);
  if (!version) return refuse(member, errc::bad_request, "must be a version: an integer, 0 for \"must not exist\"");
  using demand = precondition::demand;
  version_member_ = member;
  made_.only_if = *version == 0 ? precondition{demand::absent, {}} : precondition{demand::one_of, {{"", *version}}};
  return {};
}

result<std::uint32_t> read_ttl(std::string_view raw, const limits& bounds) {
  const auto seconds = json_unsigned(raw);
  if (!seconds || exceeds<"key_ttl_s_max">(*seconds > bounds.key_ttl_s_max))
    return fail(errc::bad_request, "must be seconds: an integer from 0, which is for ever, to " + std::to_string(bounds.key_ttl_s_max));
  return static_cast<std::uint32_t>(*seconds);
}

result<void> operation_reader::read_ttl(std::string_view member, std::string_view raw) {
  const auto seconds = api::read_ttl(raw, bounds_);
  if (!seconds) return refuse(member, seconds.error().code, seconds.error().detail);
  made_.ttl_s = *seconds;
  return {};
}

result<void> operation_reader::read_expires_at(std::string_view member, std::string_view raw) {
  const auto text = json_string(raw);
  const auto time_ms = text ? parse_rfc3339(*text) : std::nullopt;
  if (!time_ms || *time_ms <= 0 || *time_ms > rfc3339_ms_max)
    return refuse(member, errc::bad_request, "must be a time like \"2030-04-05T17:31:00Z\" (RFC 3339)");
  made_.expires_ms = *time_ms;
  return {};
}

result<void> operation_reader::make_idempotent(std::string_view member, std::string_view scope, std::string_view caller,
                                               std::optional<std::string> id) {
  if (!id) return refuse(member, errc::bad_request, "must be a string");
  if (const auto checked = check_idempotency_id(*id, bounds_.idempotency_id_bytes_max); !checked)
    return refuse(member, checked.error().code, checked.error().detail);
  std::string owned(scope);
  owned.append(1, '\0').append(caller);
  made_.once = idempotency{std::move(owned), std::move(*id), {}};
  return {};
}

result<operation> operation_reader::finish() && {
  made_.kind = kind_.value_or(made_.key ? operation_kind::merge : operation_kind::set);
  if (!made_.key && made_.kind != operation_kind::set) return refuse("op", errc::bad_request, "needs a key, unless it is \"set\"");
  if (!made_.key && made_.only_if.wants != precondition::demand::none) return refuse(version_member_, errc::bad_request, "needs a key");
  if (!made_.key && made_.ttl_s) return refuse("ttl", errc::bad_request, "needs a key");
  if (!made_.key && made_.expires_ms) return refuse("expires_at", errc::bad_request, "needs a key");
  if (made_.ttl_s && made_.expires_ms) return refuse("expires_at", errc::bad_request, "excludes \"ttl\"");
  const bool takes_data = made_.kind != operation_kind::remove;
  if (!takes_data && made_.ttl_s) return refuse("ttl", errc::bad_request, "must not be there: op is \"remove\"");
  if (!takes_data && made_.expires_ms) return refuse("expires_at", errc::bad_request, "must not be there: op is \"remove\"");
  if (takes_data && made_.data.empty()) return refuse("data", errc::bad_request, "is missing");
  if (!takes_data && !made_.data.empty()) return refuse("data", errc::bad_request, "must not be there: op is \"remove\"");
  if (made_.kind == operation_kind::patch) {
    if (const auto checked = check_json_patch(made_.data); !checked)
      return fail_at(member_pointer(pointer_, "data"), checked.error().code, checked.error().detail);
  }
  if (made_.once) made_.once->fingerprint = fingerprint_of(made_);
  return std::move(made_);
}

}  // namespace tidewire::api
