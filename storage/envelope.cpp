#include "storage/envelope.hpp"

#include <limits>
#include <msgpack.hpp>
#include <optional>

namespace tidewire::storage {

namespace {

constexpr char version = '\x01';
constexpr char version_with_expiry = '\x02';  // of publications and entities that have one
constexpr std::size_t depth_max = 4;          // the array, its tags or info, their strings, and one to spare

// Writing: one overload of put() for each type of field.

struct string_sink {
  std::string& out;
  void write(const char* bytes, std::size_t size) { out.append(bytes, size); }
};
using packer = msgpack::packer<string_sink>;

void put(packer& to, std::uint64_t value) { to.pack_uint64(value); }
void put(packer& to, std::uint32_t value) { to.pack_uint32(value); }
void put(packer& to, std::int64_t value) { to.pack_int64(value); }
void put(packer& to, bool value) { value ? to.pack_true() : to.pack_false(); }
void put(packer& to, durability value) { to.pack_uint8(static_cast<std::uint8_t>(value)); }

void put(packer& to, const std::string& value) {
  to.pack_str(static_cast<std::uint32_t>(value.size()));
  to.pack_str_body(value.data(), static_cast<std::uint32_t>(value.size()));
}

void put(packer& to, const tag_map& tags) {
  to.pack_array(static_cast<std::uint32_t>(2 * tags.size()));
  for (const auto& [name, value] : tags) {
    put(to, name);
    put(to, value);
  }
}

void put(packer& to, const client_info& info) {
  to.pack_array(4);
  put(to, info.user);
  put(to, info.client);
  put(to, info.conn_info);
  put(to, info.chan_info);
}

template <class T>
void put(packer& to, const std::optional<T>& value) {
  value ? put(to, *value) : static_cast<void>(to.pack_nil());
}

template <char Version = version, class... Field>
std::string make_envelope(std::size_t size_hint, const Field&... fields) {
  std::string out;
  out.reserve(size_hint + 64);
  out.push_back(Version);
  string_sink sink{out};
  packer to(sink);
  to.pack_array(sizeof...(Field));
  (put(to, fields), ...);
  return out;
}

// Reading: one overload of take() for each type of field; false if the object is something else.

bool take(const msgpack::object& from, std::uint64_t& value) {
  if (from.type != msgpack::type::POSITIVE_INTEGER) return false;
  value = from.via.u64;
  return true;
}

bool take(const msgpack::object& from, std::uint32_t& value) {
  std::uint64_t wide = 0;
  if (!take(from, wide) || wide > std::numeric_limits<std::uint32_t>::max()) return false;
  value = static_cast<std::uint32_t>(wide);
  return true;
}

bool take(const msgpack::object& from, std::int64_t& value) {
  if (from.type == msgpack::type::NEGATIVE_INTEGER) {
    value = from.via.i64;
    return true;
  }
  std::uint64_t wide = 0;
  if (!take(from, wide) || wide > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return false;
  value = static_cast<std::int64_t>(wide);
  return true;
}

bool take(const msgpack::object& from, bool& value) {
  if (from.type != msgpack::type::BOOLEAN) return false;
  value = from.via.boolean;
  return true;
}

bool take(const msgpack::object& from, durability& value) {
  std::uint64_t number = 0;
  if (!take(from, number) || number > static_cast<std::uint64_t>(durability::memory)) return false;
  value = static_cast<durability>(number);
  return true;
}

bool take(const msgpack::object& from, std::string& value) {
  if (from.type != msgpack::type::STR) return false;
  value.assign(from.via.str.ptr, from.via.str.size);
  return true;
}

bool take(const msgpack::object& from, tag_map& tags) {
  if (from.type != msgpack::type::ARRAY || from.via.array.size % 2 != 0) return false;
  tags.resize(from.via.array.size / 2);
  const msgpack::object* element = from.via.array.ptr;
  for (std::size_t i = 0; i < tags.size(); ++i) {
    if (!take(*element++, tags[i].first) || !take(*element++, tags[i].second)) return false;
    if (i > 0 && tags[i - 1].first >= tags[i].first) return false;
  }
  return true;
}

template <class T>
bool take(const msgpack::object& from, std::optional<T>& value);

template <class... Field>
bool take_all(const msgpack::object& from, Field&... fields) {
  if (from.type != msgpack::type::ARRAY || from.via.array.size != sizeof...(Field)) return false;
  const msgpack::object* element = from.via.array.ptr;
  return (take(*element++, fields) && ...);
}

bool take(const msgpack::object& from, client_info& info) { return take_all(from, info.user, info.client, info.conn_info, info.chan_info); }

template <class T>
bool take(const msgpack::object& from, std::optional<T>& value) {
  if (from.type == msgpack::type::NIL) return true;
  return take(from, value.emplace());
}

bool refer_to_input(msgpack::type::object_type, std::size_t, void*) { return true; }

// Calls read(array object) on a well-formed envelope. The objects refer to `bytes`.
template <class Read>
bool open_envelope(std::string_view bytes, char expected, Read read) {
  if (bytes.empty() || bytes.front() != expected) return false;
  bytes.remove_prefix(1);
  try {
    msgpack::zone zone(1024);
    // Each element takes a byte of input at least, so no honest count is above its size.
    const msgpack::unpack_limit limit(bytes.size(), bytes.size(), bytes.size(), bytes.size(), bytes.size(), depth_max);
    std::size_t used = 0;
    const msgpack::object object = msgpack::unpack(zone, bytes.data(), bytes.size(), used, refer_to_input, nullptr, limit);
    return used == bytes.size() && read(object);
  } catch (const std::exception&) {  // msgpack's way to say malformed, cut short or over the limit
    return false;
  }
}

template <char Version = version, class... Field>
bool open_fields(std::string_view bytes, Field&... fields) {
  return open_envelope(bytes, Version, [&](const msgpack::object& object) { return take_all(object, fields...); });
}

tl::unexpected<failure> malformed(std::string_view what) {
  return fail(errc::internal, "a stored " + std::string(what) + " is malformed or of an unknown version");
}

bool has_expiry(std::string_view bytes) noexcept { return bytes.starts_with(version_with_expiry); }

std::string encode_entity(std::uint64_t entity_version, std::int64_t updated_ms, const std::string& data, const tag_map& tags,
                          std::int64_t expires_ms) {
  if (expires_ms == 0) return make_envelope(data.size(), entity_version, updated_ms, data, tags);
  return make_envelope<version_with_expiry>(data.size(), entity_version, updated_ms, data, tags, expires_ms);
}

}  // namespace

std::string encode(const publication& value) {
  if (value.expires_ms != 0 || value.expires_before_ms != 0)
    return make_envelope<version_with_expiry>(value.data.size(), value.time_ms, value.key, value.removed, value.data, value.tags,
                                              value.tags_before, value.info, value.expires_ms, value.expires_before_ms);
  return make_envelope(value.data.size(), value.time_ms, value.key, value.removed, value.data, value.tags, value.tags_before, value.info);
}

std::string encode(const entity_document& value) {
  return encode_entity(value.version, value.updated_ms, value.data, value.tags, value.expires_ms);
}

std::string encode_entity_of(const publication& value) {
  return encode_entity(value.offset, value.time_ms, value.data, value.tags, value.expires_ms);
}

std::string encode(const room_record& value) { return make_envelope(0, value.epoch, value.top, value.first, value.kept); }

std::string encode(const dedupe_record& value) { return make_envelope(0, value.fingerprint, value.offset, value.count, value.expires_ms); }

std::string encode_expiry(std::uint64_t entity_version) { return make_envelope(0, entity_version); }

result<publication> decode_publication(std::uint64_t offset, std::string_view bytes) {
  publication out;
  out.offset = offset;
  const bool read = has_expiry(bytes)
                        ? open_fields<version_with_expiry>(bytes, out.time_ms, out.key, out.removed, out.data, out.tags, out.tags_before,
                                                           out.info, out.expires_ms, out.expires_before_ms)
                        : open_fields(bytes, out.time_ms, out.key, out.removed, out.data, out.tags, out.tags_before, out.info);
  if (!read || out.expires_ms < 0 || out.expires_before_ms < 0) return malformed("publication");
  return out;
}

result<entity_document> decode_entity(std::string_view key, std::string_view bytes) {
  entity_document out;
  out.key = key;
  const bool read = has_expiry(bytes)
                        ? open_fields<version_with_expiry>(bytes, out.version, out.updated_ms, out.data, out.tags, out.expires_ms)
                        : open_fields(bytes, out.version, out.updated_ms, out.data, out.tags);
  if (!read || out.expires_ms < 0) return malformed("entity");
  return out;
}

result<room_record> decode_room(std::string_view bytes) {
  room_record out;
  if (!open_fields(bytes, out.epoch, out.top, out.first, out.kept)) return malformed("room");
  if (out.epoch.empty() || out.first == 0 || out.first - 1 > out.top) return malformed("room");
  return out;
}

result<dedupe_record> decode_dedupe(std::string_view scope, std::string_view id, std::string_view bytes) {
  dedupe_record out;
  out.scope = scope;
  out.id = id;
  if (!open_fields(bytes, out.fingerprint, out.offset, out.count, out.expires_ms)) return malformed("answer");
  return out;
}

result<std::uint64_t> decode_expiry(std::string_view bytes) {
  std::uint64_t entity_version = 0;
  if (!open_fields(bytes, entity_version)) return malformed("expiry");
  return entity_version;
}

result<std::int64_t> decode_publication_time(std::string_view bytes) {
  std::int64_t time_ms = 0;
  const bool read = open_envelope(bytes, has_expiry(bytes) ? version_with_expiry : version, [&](const msgpack::object& object) {
    return object.type == msgpack::type::ARRAY && object.via.array.size > 0 && take(object.via.array.ptr[0], time_ms);
  });
  if (!read) return malformed("publication");
  return time_ms;
}

}  // namespace tidewire::storage
