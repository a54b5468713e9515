// payload = {"sub", "iss", "aud", "exp", "nbf", "expire_at", "scope", "info" | "b64info", "override", "channel", "client",
//            "caps": [{"channels": [s], "match"?: "wildcard", "allow": [s]}], "channels": [s], "subs": {channel: {"info" | "b64info",
//            "data" | "b64data", "override"}}}
// override = {"force_recovery" | "force_positioning" | "join_leave" | "force_push_join_leave": {"value": b}}
#include "schemas/token_payload.hpp"

#include <cmath>
#include <span>
#include <utility>

#include "schemas/base64.hpp"
#include "schemas/json.hpp"

namespace tidewire {

namespace {

// Readers of one value. False: of a wrong type.

bool read_text(std::string_view raw, std::string& target) {
  auto text = json_string(raw);
  if (text) target = std::move(*text);
  return text.has_value();
}

// A NumericDate (RFC 7519 §2): seconds, fractions allowed, rounded down.
bool read_date(std::string_view raw, std::optional<std::int64_t>& target) {
  const auto number = json_number(raw);
  if (!number || !(std::abs(*number) < 1e12)) return false;  // what is later than the year 30000 is not in seconds
  target = static_cast<std::int64_t>(std::floor(*number));
  return true;
}

bool read_json(std::string_view raw, std::string& target) {
  if (kind_of(raw) != json_kind::null) target = raw;
  return true;
}

// JSON in base64, which Centrifugo takes for the sake of other encodings.
bool read_encoded_json(std::string_view raw, std::string& target) {
  const auto text = json_string(raw);
  const auto decoded = text ? decode_base64(*text) : std::nullopt;
  if (!decoded) return false;
  auto json = canonical_json(*decoded, limits{});
  if (json) target = std::move(*json);
  return json.has_value();
}

bool read_texts(std::string_view raw, std::vector<std::string>& target) {
  const auto elements = json_elements(raw);
  if (!elements) return false;
  for (const auto element : *elements)
    if (!read_text(element, target.emplace_back())) return false;
  return true;
}

// One text, or several.
bool read_audience(std::string_view raw, std::vector<std::string>& target) {
  return kind_of(raw) == json_kind::string ? read_text(raw, target.emplace_back()) : read_texts(raw, target);
}

template <class Target>
struct claim {
  std::string_view name;
  bool (*read)(std::string_view raw, Target& into);
};

// False: no object, or a member that is known and of a wrong type; `wrong` says which.
template <class Target>
bool read_members(std::string_view object, std::span<const claim<Target>> known, Target& into, std::string* wrong = nullptr) {
  const auto members = json_members(object);
  if (!members) return false;
  for (const auto& [name, raw] : *members)
    for (const auto& each : known)
      if (each.name == name && !each.read(raw, into)) {
        if (wrong != nullptr) *wrong = name;
        return false;
      }
  return true;
}

bool read_value(std::string_view raw, std::optional<bool>& into) {
  static constexpr claim<std::optional<bool>> members[] = {
      {"value", [](std::string_view value, std::optional<bool>& target) { return (target = json_boolean(value)).has_value(); }},
  };
  return read_members<std::optional<bool>>(raw, members, into);
}

bool read_override(std::string_view raw, subscription_claims& into) {
  static constexpr claim<subscription_override> options[] = {
      {"force_recovery", [](std::string_view value, subscription_override& target) { return read_value(value, target.force_recovery); }},
      {"force_positioning",
       [](std::string_view value, subscription_override& target) { return read_value(value, target.force_positioning); }},
      {"join_leave", [](std::string_view value, subscription_override& target) { return read_value(value, target.join_leave); }},
      {"force_push_join_leave",
       [](std::string_view value, subscription_override& target) { return read_value(value, target.force_push_join_leave); }},
  };
  return read_members<subscription_override>(raw, options, into.instead);
}

constexpr claim<subscription_claims> subscription_members[] = {
    {"info", [](std::string_view raw, subscription_claims& into) { return read_json(raw, into.info); }},
    {"b64info", [](std::string_view raw, subscription_claims& into) { return read_encoded_json(raw, into.info); }},
    {"data", [](std::string_view raw, subscription_claims& into) { return read_json(raw, into.data); }},
    {"b64data", [](std::string_view raw, subscription_claims& into) { return read_encoded_json(raw, into.data); }},
    {"override", read_override},
};

bool read_channels(std::string_view raw, token_payload& into) {
  std::vector<std::string> channels;
  if (!read_texts(raw, channels)) return false;
  for (auto& each : channels) into.subs.try_emplace(std::move(each));
  return true;
}

bool read_subs(std::string_view raw, token_payload& into) {
  const auto members = json_members(raw);
  if (!members) return false;
  for (const auto& [channel, claims] : *members)
    if (!read_members<subscription_claims>(claims, subscription_members, into.subs[channel])) return false;
  return true;
}

bool read_fields(std::string_view raw, std::optional<field_mask>& into) {
  std::vector<std::string> paths;
  if (!read_texts(raw, paths)) return false;
  auto read = field_mask::of(paths, {});
  if (!read) return false;
  into = std::move(*read);
  return true;
}

// One capability. Its channels are names, or patterns if "match" says so.
struct capability {
  std::vector<std::string> channels, allow;
  std::string match;
  std::optional<field_mask> fields;
};

constexpr claim<capability> capability_members[] = {
    {"channels", [](std::string_view raw, capability& into) { return read_texts(raw, into.channels); }},
    {"allow", [](std::string_view raw, capability& into) { return read_texts(raw, into.allow); }},
    {"match", [](std::string_view raw, capability& into) { return read_text(raw, into.match); }},
    {"fields", [](std::string_view raw, capability& into) { return read_fields(raw, into.fields); }},
};

// False also where it asks for what is not known here: what is meant to be narrow must not be taken for something wider.
bool read_caps(std::string_view raw, token_payload& into) {
  const auto elements = json_elements(raw);
  if (!elements) return false;
  for (const auto element : *elements) {
    capability read;
    if (!read_members<capability>(element, capability_members, read)) return false;
    if (!read.match.empty() && read.match != "wildcard") return false;
    room_grant grant;
    grant.fields = std::move(read.fields);
    for (const auto& channel : read.channels)
      grant.rooms.push_back(read.match.empty() ? room_glob::of_room(channel) : room_glob::of_stars(channel));
    for (const auto& word : read.allow) {
      const auto actions = actions_of(word);
      if (!actions) return false;
      grant.allow |= *actions;
    }
    into.caps.push_back(std::move(grant));
  }
  return true;
}

constexpr claim<token_payload> claims[] = {
    {"sub", [](std::string_view raw, token_payload& into) { return read_text(raw, into.sub); }},
    {"caps", read_caps},
    {"iss", [](std::string_view raw, token_payload& into) { return read_text(raw, into.iss); }},
    {"aud", [](std::string_view raw, token_payload& into) { return read_audience(raw, into.aud); }},
    {"exp", [](std::string_view raw, token_payload& into) { return read_date(raw, into.exp); }},
    {"nbf", [](std::string_view raw, token_payload& into) { return read_date(raw, into.nbf); }},
    {"expire_at", [](std::string_view raw, token_payload& into) { return read_date(raw, into.expire_at); }},
    {"info", [](std::string_view raw, token_payload& into) { return read_json(raw, into.own.info); }},
    {"b64info", [](std::string_view raw, token_payload& into) { return read_encoded_json(raw, into.own.info); }},
    {"override", [](std::string_view raw, token_payload& into) { return read_override(raw, into.own); }},
    {"scope", [](std::string_view raw, token_payload& into) { return read_text(raw, into.scope); }},
    {"channel", [](std::string_view raw, token_payload& into) { return into.for_subscription = true, read_text(raw, into.channel); }},
    {"client", [](std::string_view raw, token_payload& into) { return read_text(raw, into.client); }},
    {"channels", read_channels},
    {"subs", read_subs},
};

}  // namespace

result<token_payload> read_token_payload(std::string_view object) {
  token_payload payload;
  std::string wrong;
  if (!read_members<token_payload>(object, claims, payload, &wrong))
    return fail(errc::unauthorized, "the token has a claim \"" + wrong + "\" of a wrong type");
  const auto members = json_members(object);
  for (const auto& [name, raw] : *members)
    if (kind_of(raw) == json_kind::string) payload.texts.insert_or_assign(name, json_string(raw).value_or(std::string{}));
  return payload;
}

}  // namespace tidewire
