// What a push may take is known before it is written: never less than what it takes, in any dialect and view.
#include "schemas/protocol/push_size.hpp"

#include <rapidcheck.h>

#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::protocol;

namespace {

// Texts that grow when they are written: quotes, backslashes, control characters.
std::string some_text(std::size_t bytes_max) {
  const auto size = *rc::gen::inRange<std::size_t>(0, bytes_max);
  return *rc::gen::container<std::string>(size, rc::gen::element('a', 'b', '"', '\\', '\n', '\x01', ' '));
}

std::string some_document() {
  const auto item = *rc::gen::element<std::string>("0.5", "\"\"", "-1.5e3", "123456789", "\"a longer text\"", "{}", "null", "[[0.1]]");
  std::string document = "{\"a\":[" + item;
  for (auto more = *rc::gen::inRange(0, 200); more > 0; --more) document += ',' + item;
  return document + "]}";
}

}  // namespace

TEST_CASE("no push is longer than was said") {
  CHECK(rc::check([] {
    auto told = std::make_shared<publication>();
    told->offset = *rc::gen::arbitrary<std::uint64_t>();
    told->time_ms = *rc::gen::inRange<std::int64_t>(0, 4'000'000'000'000);
    if (*rc::gen::inRange(0, 4) > 0) told->key = "k" + some_text(500);
    told->removed = told->key && *rc::gen::inRange(0, 5) == 0;
    if (!told->removed) told->data = some_document();
    for (int n = *rc::gen::inRange(0, 32); n > 0; --n) told->tags.emplace_back("tag" + std::to_string(100 + n), some_text(60));
    std::reverse(told->tags.begin(), told->tags.end());
    if (*rc::gen::inRange(0, 2) == 0) told->info = client_info{some_text(100), some_text(40), some_document(), some_document()};
    if (told->offset == 1) told->epoch = "0123456789abcdef";

    const std::string channel = "c" + some_text(254);
    entity_ptr before;
    if (told->key && *rc::gen::inRange(0, 2) == 0)
      before = std::make_shared<const entity_document>(entity_document{*told->key, 1, 1, some_document(), {}, 0});
    for (const auto as : {dialect::json, dialect::json_pushes, dialect::msgpack, dialect::room_events}) {
      for (const auto type : {subscription_type::stream, subscription_type::map}) {
        for (const bool delta : {false, true}) {
          const view through{type, {}, {}, delta};
          std::string out;
          publication_ptr last;
          encode_run(as, through, {channel}, std::vector<change>{{told, before}}, last, uncut, out, "0123456789abcdef");
          RC_ASSERT(out.size() <= push_bytes_max({as, through, channel}, *told));
        }
      }
    }
  }));
}
