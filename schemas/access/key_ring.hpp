// The public keys that tokens are signed with. They come and go while the server runs: whoever brings them
// (actors/ops/token_key_source.hpp) replaces the whole set, and is told when a token names a key that is not there. Any thread.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/access/signature.hpp"

namespace tidewire {

struct named_key {
  std::string id;  // `kid`; empty: a key without a name, which is tried for every token
  public_key key;
};
using key_set = std::vector<named_key>;

inline constexpr std::size_t jwks_bytes_max = 262'144;
inline constexpr std::size_t jwks_keys_max = 64;

// A JWK set (RFC 7517 §5). What is not for us (another kind, encryption, secrets) or broken is left out.
// Error: bad_request when it is no such set, has too many keys, or none that can be used.
result<key_set> read_jwks(std::string_view text);

class key_ring {
 public:
  // Asked about a key that is not there, by its id; empty: the token names none. Must not wait. True: it may be there soon.
  using look_up = std::function<bool(std::string_view id)>;
  explicit key_ring(look_up look = {}) : look_up_(std::move(look)) {}

  std::shared_ptr<const key_set> keys() const;
  void replace(key_set keys);
  bool may_come(std::string_view id) const { return look_up_ && look_up_(id); }

 private:
  const look_up look_up_;
  mutable std::mutex guard_;
  std::shared_ptr<const key_set> keys_ = std::make_shared<const key_set>();
};

}  // namespace tidewire
