// Any bytes as one message of a client in JSON: what decodes holds payloads that may go to other clients as they are. The same bytes as a
// message that comes beside its connection, and as the id of an event.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>
#include <variant>

#include "schemas/json.hpp"
#include "schemas/protocol/dialect.hpp"
#include "schemas/protocol/emulation.hpp"
#include "schemas/protocol/room_events_dialect.hpp"

using namespace tidewire;
using namespace tidewire::protocol;

namespace {

// Encoded in a publication, the payload gives one line of JSON that another library reads too.
void check_payload(const std::string& raw) {
  if (raw.empty()) return;
  assert(canonical_json(raw, limits{}) == raw);
  auto told = std::make_shared<publication>();
  told->offset = 1;
  told->data = raw;
  std::string out;
  publication_ptr last;
  encode_run(dialect::json, *plain_view(subscription_type::stream), {"c"}, std::vector<change>{{told, nullptr}}, last, 100, out);
  assert(out.find('\n') == std::string::npos && out.find('\r') == std::string::npos);
  assert(nlohmann::json::accept(out));
}

void check_text(const std::string& text) {
  std::string out;
  append_json_string(out, text);
  assert(json_string(out) == text);
}

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
    check_payload(body.data);
    check_text(body.channel);
    check_text(body.key);
  }
  void operator()(const rpc_command& body) const { check_payload(body.data); }
  void operator()(const send_command& body) const { check_payload(body.data); }
  template <class Other>
  void operator()(const Other&) const {}
};

void check_emulation(std::string_view body) {
  limits bounds;
  bounds.message_bytes_max = 50;
  const auto parsed = parse_emulation(body, bounds);
  if (!parsed) return;
  assert(!parsed->session.empty() && !parsed->node.empty() && !parsed->data.empty() && parsed->data.size() <= bounds.message_bytes_max);
  for (const auto* each : {&parsed->session, &parsed->node, &parsed->data}) check_text(*each);
}

void check_event_id(std::string_view id) {
  const auto position = parse_event_id(id);
  if (position) assert(!position->epoch.empty() && id.starts_with(position->epoch + "."));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check_emulation({reinterpret_cast<const char*>(data), size});
  check_event_id({reinterpret_cast<const char*>(data), size});
  const auto commands = decode(dialect::json, {reinterpret_cast<const char*>(data), size});
  if (!commands) return 0;
  assert(!commands->empty());
  for (const auto& each : *commands) {
    const bool unanswered = std::holds_alternative<pong>(each.body) || std::holds_alternative<send_command>(each.body);
    assert(unanswered == (each.id == 0));
    std::visit(check_body{}, each.body);
  }
  return 0;
}
