#include "schemas/api/cursor.hpp"

#include "schemas/base64.hpp"
#include "schemas/json.hpp"
#include "schemas/names.hpp"

namespace tidewire::api {

namespace {

tl::unexpected<failure> refuse() { return fail(errc::bad_request, "the cursor is not one that this listing gave"); }

}  // namespace

std::string encode_cursor(listing of, std::string_view position) {
  std::string plain(1, static_cast<char>(of));
  return encode_base64url(plain.append(position));
}

result<std::string> decode_cursor(listing of, std::string_view cursor) {
  auto plain = decode_base64url(cursor);
  if (!plain || plain->size() < 2 || plain->front() != static_cast<char>(of)) return refuse();
  plain->erase(0, 1);
  if (!valid_utf8(*plain)) return refuse();
  return std::move(*plain);
}

result<std::uint64_t> decode_offset_cursor(std::string_view cursor) {
  const auto position = decode_cursor(listing::history, cursor);
  if (!position) return tl::unexpected(position.error());
  const auto offset = json_unsigned(*position);
  if (!offset) return refuse();
  return *offset;
}

}  // namespace tidewire::api
