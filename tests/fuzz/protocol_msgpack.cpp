// Any bytes as one message of a client in MessagePack: what decodes holds payloads that may go to other clients as they are, in this
// dialect and in JSON. The same bytes as JSON that a client is to be told in MessagePack.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <variant>

#include "schemas/json.hpp"
#include "schemas/protocol/dialect.hpp"
#include "schemas/protocol/msgpack_value.hpp"
#include "schemas/utf8.hpp"

using namespace tidewire;
using namespace tidewire::protocol;

namespace {

constexpr std::size_t depth_max = 64;

std::string json_of(std::string_view bytes) {
  std::string text;
  const auto used = append_json_of_msgpack(text, bytes, depth_max);
  assert(used && *used == bytes.size());
  return text;
}

// What came out as JSON goes through the gate as it is, comes back from MessagePack as it is, and another library reads both the same way.
void check_payload(const std::string& raw) {
  if (raw.empty()) return;
  assert(canonical_json(raw, limits{}) == raw);
  std::string bytes;
  append_msgpack_value(bytes, raw);
  assert(json_of(bytes) == raw);
  assert(nlohmann::json::from_msgpack(bytes) == nlohmann::json::parse(raw));
}

// In a publication it gives one map.
void check_told(const std::string& raw) {
  check_payload(raw);
  auto told = std::make_shared<publication>();
  told->offset = 1;
  told->data = raw;
  std::string out;
  publication_ptr last;
  encode_run(dialect::msgpack, *plain_view(subscription_type::stream), {"c"}, std::vector<change>{{told, nullptr}}, last, 100, out);
  assert(nlohmann::json::parse(json_of(out)).at("push").at("pub").value("data", nlohmann::json()) == nlohmann::json::parse(raw));
}

void check_text(const std::string& text) { assert(is_utf8(text)); }

struct check_body {
  void operator()(const connect_command& body) const {
    check_payload(body.data);
    check_text(body.token);
  }
  void operator()(const subscribe_command& body) const {
    check_payload(body.data);
    check_payload(body.tags_filter);
    check_text(body.channel);
    check_text(body.cursor);
  }
  void operator()(const publish_command& body) const {
    if (!body.data.empty()) check_told(body.data);
    check_text(body.channel);
    check_text(body.key);
  }
  void operator()(const rpc_command& body) const { check_payload(body.data); }
  void operator()(const send_command& body) const { check_payload(body.data); }
  template <class Other>
  void operator()(const Other&) const {}
};

// Text of a publisher becomes a value, and that the same value again.
void check_json(std::string_view text) {
  const auto raw = canonical_json(text, limits{});
  if (!raw) return;
  std::string bytes;
  append_msgpack_value(bytes, *raw);
  std::string again;
  append_msgpack_value(again, json_of(bytes));
  assert(again == bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  check_json(input);
  const auto commands = decode(dialect::msgpack, input);
  if (!commands) return 0;
  assert(!commands->empty());
  for (const auto& each : *commands) {
    const bool unanswered = std::holds_alternative<pong>(each.body) || std::holds_alternative<send_command>(each.body);
    assert(unanswered == (each.id == 0));
    std::visit(check_body{}, each.body);
  }
  return 0;
}
