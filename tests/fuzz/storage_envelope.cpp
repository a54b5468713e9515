// Values of the database: any bytes are decoded or refused, and what was decoded comes back from its own encoding.
#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "storage/envelope.hpp"

using namespace tidewire;
using namespace tidewire::storage;

namespace {

// A publication made of the input itself: every split of it into fields must survive.
publication cut_up(std::string_view input) {
  const auto take = [&] {
    const std::size_t size = input.empty() ? 0 : std::min<std::size_t>(static_cast<unsigned char>(input.front()), input.size() - 1);
    const auto out = input.substr(input.empty() ? 0 : 1, size);
    input.remove_prefix(input.empty() ? 0 : size + 1);
    return std::string(out);
  };
  publication out;
  out.offset = 42;
  out.time_ms = static_cast<std::int64_t>(input.size()) * 1'000'003 - 500'000;
  if (input.size() % 2 == 0) out.key = take();
  out.removed = input.size() % 3 == 0;
  out.tags = {{"a", take()}, {"b", take()}};
  if (input.size() % 5 == 0) out.info = client_info{take(), take(), take(), take()};
  out.data = input;
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);

  if (const auto publication = decode_publication(42, input)) {
    assert(decode_publication(42, encode(*publication)).value() == *publication);
    assert(decode_publication_time(input).value() == publication->time_ms);
    assert(decode_entity("k", encode_entity_of(*publication)).value().data == publication->data);
  }
  if (const auto document = decode_entity("k", input)) assert(decode_entity("k", encode(*document)).value() == *document);
  if (const auto room = decode_room(input)) assert(decode_room(encode(*room)).value() == *room);
  if (const auto answer = decode_dedupe("s", "i", input)) assert(decode_dedupe("s", "i", encode(*answer)).value() == *answer);
  if (const auto dead = decode_dead("i", input)) assert(decode_dead("i", encode(*dead)).value() == *dead);
  if (const auto version = decode_expiry(input)) assert(decode_expiry(encode_expiry(*version)).value() == *version);
  static_cast<void>(decode_publication_time(input));

  auto made = cut_up(input);
  assert(decode_publication(42, encode(made)).value() == made);
  made.expires_ms = static_cast<std::int64_t>(input.size()) + 1;
  assert(decode_publication(42, encode(made)).value() == made);
  return 0;
}
