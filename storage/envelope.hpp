// The values of every column family:
//
//   envelope    = version array                version: one byte, 01 or 02; array: MessagePack, exactly these elements
//   publication = [time_ms, key / nil, removed, data, tags, tags_before, info / nil] in 01
//               = the same, then expires_ms, expires_before_ms in 02
//   entity      = [version, updated_ms, data, tags] in 01; the same, then expires_ms in 02
//   room        = [epoch, top, first, durability] in 01; the same, then changed_ms in 02
//                                                      durability: 0 fsync, 1 wal, 2 memory
//   dedupe      = [fingerprint, offset, count, expires_ms] in 01; the same, then created in 02
//   dead        = [kind, room, time_ms, tries, actor, generation, error, backtrace, by_server, info / nil, [operation, …]]
//   operation   = [key / nil, kind, data, tags / nil, demand, [epoch, version, …], once / nil, ttl_s / nil, expires_ms / nil]
//   once        = [scope, id, fingerprint, covers]
//   expiry      = [version]                            of the entity that is due to be removed
//   tags        = [name, value, name, value, …]        names strictly ascending
//   info        = [user, client, conn_info, chan_info]
//
// `data` is the publisher's own JSON text as a MessagePack str. What the row's key says (offset, entity key, dedupe scope
// and id) is not repeated. Times of expiry are greater than 0, one of the two of a publication may be 0: never. 02 is written only where
// there is one. A publication's epoch is not stored either: it is the room's, and the room's may change.
//
// Decoders take any bytes: they allocate in proportion to the input, throw nothing and refuse with errc::internal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "schemas/publication.hpp"
#include "schemas/result.hpp"
#include "storage/store.hpp"

namespace tidewire::storage {

std::string encode(const publication& value);
std::string encode(const entity_document& value);
std::string encode(const room_record& value);
std::string encode(const dedupe_record& value);
std::string encode(const dead_record& value);
std::string encode_expiry(std::uint64_t version);

// The entity row that a keyed publication leaves behind: encode() of its entity_document, without making one.
std::string encode_entity_of(const publication& value);

result<publication> decode_publication(std::uint64_t offset, std::string_view bytes);
result<entity_document> decode_entity(std::string_view key, std::string_view bytes);
result<room_record> decode_room(std::string_view bytes);
result<dead_record> decode_dead(std::string_view id, std::string_view bytes);
result<dedupe_record> decode_dedupe(std::string_view scope, std::string_view id, std::string_view bytes);

result<std::uint64_t> decode_expiry(std::string_view bytes);

// Only the time of a publication, without copying the rest.
result<std::int64_t> decode_publication_time(std::string_view bytes);

}  // namespace tidewire::storage
