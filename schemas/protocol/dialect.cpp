#include "schemas/protocol/dialect.hpp"

#include <cassert>

#include "schemas/protocol/json_dialect.hpp"

namespace tidewire::protocol {

result<std::vector<command>> decode(dialect as, std::string_view message, const limits& bounds) {
  switch (as) {
    case dialect::json: return decode_json(message, bounds);
  }
  return fail(errc::internal, "unknown dialect");
}

void encode_reply(dialect as, std::uint32_t id, const any_result& what, std::string& out) {
  switch (as) {
    case dialect::json: return encode_json_reply(id, what, out);
  }
}

void encode_error(dialect as, std::uint32_t id, errc code, std::string_view detail, std::string& out) {
  switch (as) {
    case dialect::json: return encode_json_error(id, code, detail, out);
  }
}

void encode_publication(dialect as, subscription_type type, std::string_view channel, const publication& told, std::string& out) {
  assert(type == subscription_type::stream || told.key);
  switch (as) {
    case dialect::json: return encode_json_publication(type, channel, told, out);
  }
}

std::size_t encode_run(dialect as, subscription_type type, std::string_view channel, std::span<const publication_ptr> told,
                       std::size_t bytes_max, std::string& out) {
  assert(!told.empty() && out.empty());
  switch (as) {
    case dialect::json: return encode_json_run(type, channel, told, bytes_max, out);
  }
  return told.size();
}

void encode_unsubscribe(dialect as, std::string_view channel, std::uint32_t code, std::string_view reason, std::string& out) {
  switch (as) {
    case dialect::json: return encode_json_unsubscribe(channel, code, reason, out);
  }
}

void encode_ping(dialect as, std::string& out) {
  switch (as) {
    case dialect::json: return encode_json_ping(out);
  }
}

void join(dialect as, std::string& out) {
  switch (as) {
    case dialect::json: out += '\n'; return;
  }
}

}  // namespace tidewire::protocol
