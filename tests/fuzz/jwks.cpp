// A set of keys, a key in PEM, and a pattern of rooms: whatever they are, keys that come of them fit some algorithm, and no signature that
// was not made with their private half is of any text.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "schemas/access/key_ring.hpp"
#include "schemas/access/room_glob.hpp"

using namespace tidewire;

namespace {

void check(const public_key& key, std::string_view input) {
  bool fits = false;
  for (const auto each : {token_algorithm::rs256, token_algorithm::rs384, token_algorithm::rs512, token_algorithm::es256,
                          token_algorithm::es384, token_algorithm::es512, token_algorithm::eddsa}) {
    if (!key.fits(each)) continue;
    fits = true;
    assert(!key.check(each, "text", ""));
    assert(!key.check(each, "text", input));
    assert(!is_symmetric(each));
  }
  for (const auto each : {token_algorithm::hs256, token_algorithm::hs384, token_algorithm::hs512}) assert(!key.fits(each));
  assert(fits);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (const auto set = read_jwks(input)) {
    assert(!set->empty() && set->size() <= jwks_keys_max);
    for (const auto& each : *set) check(each.key, input);
  }
  if (const auto key = public_key::from_pem(input)) check(*key, input);
  if (const auto rooms = room_glob::parse(input)) {
    const auto bound = rooms->bind({{"sub", "*"}, {"a", "b"}});
    if (bound && input.find_first_of("*{") == std::string_view::npos) assert(bound->covers(input));
    if (bound && bound->covers("a:*")) assert(bound->covers("a:") && bound->covers("a:b"));
  }
  return 0;
}
