// What a subscription chooses to see: four lines, a tags filter, options, and two documents that follow each other. What is read compares
// equal to itself, a projection is JSON that projects to itself, and a delta makes the second document of the first.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "schemas/fossil_delta.hpp"
#include "schemas/json.hpp"
#include "schemas/presence.hpp"
#include "schemas/protocol/subscribe_options.hpp"
#include "schemas/room_pattern.hpp"
#include "schemas/tag_filter.hpp"
#include "tests/support/fossil_reader.hpp"

using namespace tidewire;

namespace {

std::string_view take_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  const auto line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return line;
}

void check_filter(std::string_view text) {
  const auto json = canonical_json(text, limits{});
  if (!json) return;
  const auto read = read_tag_filter(*json, {});
  if (!read) {
    assert(read.error().code == errc::bad_request);
    return;
  }
  assert(*read == *read_tag_filter(*json, {}));
  const tag_map tags{{"level", "7"}, {"state", "on"}};
  assert(matches(*read, tags) == matches(*read, tags));
}

void check_fields(std::string_view options, const std::string& document) {
  const auto json = canonical_json(options, limits{});
  if (!json) return;
  const auto read = protocol::read_subscribe_options(*json, {});
  if (!read || !read->fields) return;
  const auto chosen = read->fields->project(document);
  assert(canonical_json(chosen, limits{}) == chosen);
  assert(read->fields->project(chosen) == chosen);
}

// A cursor or a presence document from outside is what we would write, or none of ours.
void check_room_key(std::string_view text) {
  const auto read = read_key_of_room(text);
  if (read) assert(read_key_of_room(key_of_room(read->room, read->key)) == *read);
  static_cast<void>(read_presence_document(text));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  check_room_key(rest);
  check_filter(take_line(rest));
  const auto options = take_line(rest);
  const auto base = take_line(rest);
  if (const auto delta = make_fossil_delta(base, rest)) {
    assert(delta->size() < rest.size());
    assert(test::apply_delta(base, *delta) == rest);
  }
  if (const auto document = canonical_json(rest, limits{})) check_fields(options, *document);
  return 0;
}
