// The envelope of what was set aside.
#include "storage/envelope.hpp"
#include "storage/envelope_fields.hpp"

namespace tidewire::storage {

// In the namespace of the others: their templates find them there.
namespace envelope {

template <class Enum>
static bool take_enum(const msgpack::object& from, Enum& value, Enum last) {
  std::uint64_t number = 0;
  if (!take(from, number) || number > static_cast<std::uint64_t>(last)) return false;
  value = static_cast<Enum>(number);
  return true;
}

static bool is_array(const msgpack::object& from, std::uint32_t size) {
  return from.type == msgpack::type::ARRAY && from.via.array.size == size;
}

static void put(packer& to, const idempotency& once) {
  to.pack_array(4);
  put(to, once.scope);
  put(to, once.id);
  put(to, once.fingerprint);
  put(to, once.covers);
}

static void put(packer& to, const std::vector<entity_tag>& tags) {
  to.pack_array(static_cast<std::uint32_t>(2 * tags.size()));
  for (const auto& each : tags) {
    put(to, each.epoch);
    put(to, each.version);
  }
}

static void put(packer& to, const operation& what) {
  to.pack_array(9);
  put(to, what.key);
  to.pack_uint8(static_cast<std::uint8_t>(what.kind));
  put(to, what.data);
  put(to, what.tags);
  to.pack_uint8(static_cast<std::uint8_t>(what.only_if.wants));
  put(to, what.only_if.tags);
  put(to, what.once);
  put(to, what.ttl_s);
  put(to, what.expires_ms);
}

static bool take(const msgpack::object& from, std::vector<entity_tag>& tags) {
  if (from.type != msgpack::type::ARRAY || from.via.array.size % 2 != 0) return false;
  tags.resize(from.via.array.size / 2);
  const auto* element = from.via.array.ptr;
  for (auto& each : tags)
    if (!take(*element++, each.epoch) || !take(*element++, each.version)) return false;
  return true;
}

static bool take(const msgpack::object& from, std::optional<idempotency>& once) {
  if (from.type == msgpack::type::NIL) return true;
  auto& made = once.emplace();
  return take_all(from, made.scope, made.id, made.fingerprint, made.covers);
}

static bool take(const msgpack::object& from, operation& what) {
  if (!is_array(from, 9)) return false;
  const auto* element = from.via.array.ptr;
  return take(element[0], what.key) && take_enum(element[1], what.kind, operation_kind::patch) && take(element[2], what.data) &&
         take(element[3], what.tags) && take_enum(element[4], what.only_if.wants, precondition::demand::one_of) &&
         take(element[5], what.only_if.tags) && take(element[6], what.once) && take(element[7], what.ttl_s) &&
         take(element[8], what.expires_ms);
}

static bool take(const msgpack::object& from, std::vector<operation>& all) {
  if (from.type != msgpack::type::ARRAY) return false;
  all.resize(from.via.array.size);
  const auto* element = from.via.array.ptr;
  for (auto& each : all)
    if (!take(*element++, each)) return false;
  return true;
}

}  // namespace envelope

std::string encode(const dead_record& value) {
  std::size_t size = value.error.size() + value.backtrace.size();
  for (const auto& each : value.operations) size += each.data.size() + 64;
  std::string out;
  out.reserve(size + 256);
  out.push_back(envelope::version);
  envelope::string_sink sink{out};
  envelope::packer to(sink);
  using envelope::put;
  to.pack_array(11);
  to.pack_uint8(static_cast<std::uint8_t>(value.kind));
  put(to, value.room);
  put(to, value.time_ms);
  put(to, value.tries);
  put(to, value.actor);
  put(to, value.generation);
  put(to, value.error);
  put(to, value.backtrace);
  put(to, value.by_server);
  put(to, value.info);
  to.pack_array(static_cast<std::uint32_t>(value.operations.size()));
  for (const auto& each : value.operations) put(to, each);
  return out;
}

result<dead_record> decode_dead(std::string_view id, std::string_view bytes) {
  dead_record out;
  out.id = id;
  const bool read = envelope::open_envelope(bytes, envelope::version, [&](const msgpack::object& object) {
    using envelope::take;
    if (!envelope::is_array(object, 11)) return false;
    const auto* element = object.via.array.ptr;
    return envelope::take_enum(element[0], out.kind, dead_kind::command) && take(element[1], out.room) && take(element[2], out.time_ms) &&
           take(element[3], out.tries) && take(element[4], out.actor) && take(element[5], out.generation) && take(element[6], out.error) &&
           take(element[7], out.backtrace) && take(element[8], out.by_server) && take(element[9], out.info) &&
           take(element[10], out.operations);
  });
  if (!read || out.operations.empty()) return envelope::malformed("record of the quarantine");
  return out;
}

}  // namespace tidewire::storage
