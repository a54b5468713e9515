// Keys of the database: texts keep their order and come back, tails of keys are taken apart or refused.
#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "storage/keys.hpp"

using namespace tidewire::storage;

namespace {

int sign(int value) { return (value > 0) - (value < 0); }

}  // namespace

// The first byte says where the rest is cut in two.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  const auto cut = std::min<std::size_t>(bytes[0], input.size());
  const auto left = input.substr(0, cut);
  const auto right = input.substr(cut);

  assert(sign(left.compare(right)) == sign(keys::text(left).compare(keys::text(right))));
  assert((left == right) == keys::text(left).starts_with(keys::text(right)));

  const auto prefix = keys::index_prefix(right, left);
  const auto tail = keys::index(right, left, left, right).substr(prefix.size());
  assert((keys::read_room_and_key(tail) == keys::room_and_key{std::string(left), std::string(right)}));

  const auto end = keys::end_of(left);
  assert(end.empty() ? left.find_first_not_of('\xff') == std::string_view::npos : std::string(left) + "\xff\xff" < end);
  assert(keys::next_to(left) > left);

  if (const auto found = keys::read_room_and_key(input)) assert(keys::text(found->room) + found->key == input);
  assert((keys::read_expiry(keys::expiry(42, left, right)) == keys::expiring{42, std::string(left), std::string(right)}));
  if (const auto due = keys::read_expiry(input)) assert(keys::expiry(due->time_ms, due->room, due->key) == input);
  if (const auto offset = keys::read_offset(input)) assert(keys::stream("", *offset) == keys::text("") + std::string(input));
  return 0;
}
