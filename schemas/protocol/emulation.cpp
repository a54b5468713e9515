#include "schemas/protocol/emulation.hpp"

#include "schemas/json.hpp"
#include "schemas/limit_hits.hpp"

namespace tidewire::protocol {

result<emulation_request> parse_emulation(std::string_view body, const limits& bounds) {
  if (const auto valid = validate_json(body, bounds); !valid) return tl::unexpected(valid.error());
  body.remove_prefix(body.find_first_not_of(" \t\r\n"));
  const auto members = json_members(body);
  if (!members) return fail(errc::bad_request, R"(must be an object with "session", "node" and "data")");
  emulation_request parsed;
  for (const auto& [name, raw] : *members) {
    auto* into = name == "session" ? &parsed.session : name == "node" ? &parsed.node : name == "data" ? &parsed.data : nullptr;
    if (into == nullptr) continue;
    auto text = json_string(raw);
    if (!text) return fail(errc::bad_request, "/" + name + ": must be a string");
    *into = std::move(*text);
  }
  if (parsed.session.empty() || parsed.node.empty() || parsed.data.empty())
    return fail(errc::bad_request, R"(must have "session", "node" and "data")");
  if (exceeds<"message_bytes_max">(parsed.data.size() > bounds.message_bytes_max))
    return fail(errc::payload_too_large, "/data: is longer than message_bytes_max, " + std::to_string(bounds.message_bytes_max) + " bytes");
  return parsed;
}

}  // namespace tidewire::protocol
