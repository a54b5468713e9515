#include "schemas/access/key_ring.hpp"

#include <utility>

#include "schemas/json.hpp"

namespace tidewire {

namespace {

result<std::string> id_of(std::string_view object) {
  const auto members = json_members(object);
  if (!members) return tl::unexpected(members.error());
  for (const auto& [name, raw] : *members)
    if (name == "kid") {
      auto id = json_string(raw);
      if (!id) return fail(errc::bad_request, "\"kid\" of a key is not a string");
      return std::move(*id);
    }
  return std::string{};
}

std::string_view keys_of(const std::vector<json_member>& members) {
  for (const auto& [name, raw] : members)
    if (name == "keys") return raw;
  return "null";
}

}  // namespace

result<key_set> read_jwks(std::string_view text) {
  if (text.size() > jwks_bytes_max) return fail(errc::bad_request, "is longer than " + std::to_string(jwks_bytes_max) + " bytes");
  const auto json = canonical_json(text, limits{});
  const auto members = json && kind_of(*json) == json_kind::object ? json_members(*json) : fail(errc::bad_request);
  const auto elements = members ? json_elements(keys_of(*members)) : fail(errc::bad_request);
  if (!elements) return fail(errc::bad_request, "is not a JWK set: {\"keys\": [...]}");
  if (elements->size() > jwks_keys_max) return fail(errc::bad_request, "has more than " + std::to_string(jwks_keys_max) + " keys");
  key_set read;
  std::string reason = "it is empty";
  for (const auto element : *elements) {
    auto key = public_key::from_jwk(element);
    auto id = id_of(element);
    if (key && id) {
      read.push_back({std::move(*id), std::move(*key)});
    } else {
      reason = key ? id.error().detail : key.error().detail;
    }
  }
  if (read.empty()) return fail(errc::bad_request, "has no key that can be used: " + reason);
  return read;
}

std::shared_ptr<const key_set> key_ring::keys() const {
  const std::lock_guard lock(guard_);
  return keys_;
}

void key_ring::replace(key_set keys) {
  auto fresh = std::make_shared<const key_set>(std::move(keys));
  const std::lock_guard lock(guard_);
  keys_.swap(fresh);
}

}  // namespace tidewire
