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

run_part encode_run(dialect as, const view& through, std::string_view channel, std::span<const change> told, publication_ptr& last,
                    std::size_t bytes_max, std::string& out) {
  assert(!told.empty() && out.empty());
  switch (as) {
    case dialect::json: return encode_json_run(through, channel, told, last, bytes_max, out);
  }
  return {told.size(), 0};
}

void encode_unsubscribe(dialect as, std::string_view channel, std::uint32_t code, std::string_view reason, std::string& out) {
  switch (as) {
    case dialect::json: return encode_json_unsubscribe(channel, code, reason, out);
  }
}

void encode_disconnect(dialect as, std::uint32_t code, std::string_view reason, std::string& out) {
  switch (as) {
    case dialect::json: return encode_json_disconnect(code, reason, out);
  }
}

void encode_announcement(dialect as, std::string_view channel, const announcement& what, std::string& out) {
  switch (as) {
    case dialect::json: return encode_json_announcement(channel, what, out);
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
