#include "schemas/access/api_key.hpp"

#include <algorithm>
#include <cassert>

#include "schemas/base64.hpp"
#include "schemas/digest.hpp"

namespace tidewire {

// With a name of its own, so that scanners of sources find one that was left lying about.
std::string format_api_key(std::string_view random_bytes) {
  assert(random_bytes.size() == 32);
  return "tidewire_" + encode_base64url(random_bytes);
}

std::string hash_api_key(std::string_view key) { return sha256_hex(key); }

void api_key_ring::replace(const std::vector<api_key_options>& keys) {
  const std::lock_guard lock(mutex_);
  const auto before = keys_;
  auto now = std::make_shared<key_list>();
  for (const auto& each : keys) {
    const auto same = std::ranges::find_if(*before, [&](const auto& known) { return known->options() == each; });
    now->push_back(same != before->end() ? *same : std::make_shared<known_api_key>(each));
  }
  for (const auto& each : *before)
    if (std::ranges::find(*now, each) == now->end()) each->withdraw();
  keys_ = std::move(now);
}

api_key_ptr api_key_ring::find(std::string_view key) const {
  if (key.empty() || key.size() > api_key_bytes_max) return nullptr;
  const auto hash = hash_api_key(key);
  const auto all = [this] {
    const std::lock_guard lock(mutex_);
    return keys_;
  }();
  api_key_ptr found;
  for (const auto& each : *all)
    if (equal_in_constant_time(each->options().hash, hash)) found = each;
  return found;
}

api_key_ptr find_api_key(const server_options& options, std::string_view key) {
  return options.known_keys ? options.known_keys->find(key) : nullptr;
}

}  // namespace tidewire
