#include "storage/envelope.hpp"

#include "storage/envelope_fields.hpp"

namespace tidewire::storage {

namespace {

using envelope::make_envelope;
using envelope::malformed;
using envelope::open_envelope;
using envelope::open_fields;
using envelope::take;

// Of what has an expiry, of answers that say that an entity was created, and of rooms whose stream is empty.
constexpr char second_version = '\x02';

bool is_second(std::string_view bytes) noexcept { return bytes.starts_with(second_version); }

std::string encode_entity(std::uint64_t entity_version, std::int64_t updated_ms, const std::string& data, const tag_map& tags,
                          std::int64_t expires_ms) {
  if (expires_ms == 0) return make_envelope(data.size(), entity_version, updated_ms, data, tags);
  return make_envelope<second_version>(data.size(), entity_version, updated_ms, data, tags, expires_ms);
}

}  // namespace

std::string encode(const publication& value) {
  if (value.expires_ms != 0 || value.expires_before_ms != 0)
    return make_envelope<second_version>(value.data.size(), value.time_ms, value.key, value.removed, value.data, value.tags,
                                         value.tags_before, value.info, value.expires_ms, value.expires_before_ms);
  return make_envelope(value.data.size(), value.time_ms, value.key, value.removed, value.data, value.tags, value.tags_before, value.info);
}

std::string encode(const entity_document& value) {
  return encode_entity(value.version, value.updated_ms, value.data, value.tags, value.expires_ms);
}

std::string encode_entity_of(const publication& value) {
  return encode_entity(value.offset, value.time_ms, value.data, value.tags, value.expires_ms);
}

std::string encode(const room_record& value) {
  if (value.changed_ms == 0) return make_envelope(0, value.epoch, value.top, value.first, value.kept);
  return make_envelope<second_version>(0, value.epoch, value.top, value.first, value.kept, value.changed_ms);
}

std::string encode(const dedupe_record& value) {
  if (!value.created) return make_envelope(0, value.fingerprint, value.offset, value.count, value.expires_ms);
  return make_envelope<second_version>(0, value.fingerprint, value.offset, value.count, value.expires_ms, value.created);
}

std::string encode_expiry(std::uint64_t entity_version) { return make_envelope(0, entity_version); }

result<publication> decode_publication(std::uint64_t offset, std::string_view bytes) {
  publication out;
  out.offset = offset;
  const bool read = is_second(bytes) ? open_fields<second_version>(bytes, out.time_ms, out.key, out.removed, out.data, out.tags,
                                                                   out.tags_before, out.info, out.expires_ms, out.expires_before_ms)
                                     : open_fields(bytes, out.time_ms, out.key, out.removed, out.data, out.tags, out.tags_before, out.info);
  if (!read || out.expires_ms < 0 || out.expires_before_ms < 0) return malformed("publication");
  return out;
}

result<entity_document> decode_entity(std::string_view key, std::string_view bytes) {
  entity_document out;
  out.key = key;
  const bool read = is_second(bytes) ? open_fields<second_version>(bytes, out.version, out.updated_ms, out.data, out.tags, out.expires_ms)
                                     : open_fields(bytes, out.version, out.updated_ms, out.data, out.tags);
  if (!read || out.expires_ms < 0) return malformed("entity");
  return out;
}

result<room_record> decode_room(std::string_view bytes) {
  room_record out;
  const bool read = is_second(bytes) ? open_fields<second_version>(bytes, out.epoch, out.top, out.first, out.kept, out.changed_ms)
                                     : open_fields(bytes, out.epoch, out.top, out.first, out.kept);
  if (!read) return malformed("room");
  if (out.epoch.empty() || out.first == 0 || out.first - 1 > out.top) return malformed("room");
  return out;
}

result<dedupe_record> decode_dedupe(std::string_view scope, std::string_view id, std::string_view bytes) {
  dedupe_record out;
  out.scope = scope;
  out.id = id;
  const bool read = is_second(bytes)
                        ? open_fields<second_version>(bytes, out.fingerprint, out.offset, out.count, out.expires_ms, out.created)
                        : open_fields(bytes, out.fingerprint, out.offset, out.count, out.expires_ms);
  if (!read) return malformed("answer");
  return out;
}

result<std::uint64_t> decode_expiry(std::string_view bytes) {
  std::uint64_t entity_version = 0;
  if (!open_fields(bytes, entity_version)) return malformed("expiry");
  return entity_version;
}

result<std::int64_t> decode_publication_time(std::string_view bytes) {
  std::int64_t time_ms = 0;
  const bool read = open_envelope(bytes, is_second(bytes) ? second_version : envelope::version, [&](const msgpack::object& object) {
    return object.type == msgpack::type::ARRAY && object.via.array.size > 0 && take(object.via.array.ptr[0], time_ms);
  });
  if (!read) return malformed("publication");
  return time_ms;
}

}  // namespace tidewire::storage
