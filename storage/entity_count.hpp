// How many entities a room has: a row of its own, which is written only with changes that make entities or remove them.
//
// meta rows:  "entities/" room = decimal number; no row: 0
#pragma once

#include <cstdint>
#include <string_view>

#include "schemas/result.hpp"
#include "storage/kv.hpp"

namespace tidewire::storage {

result<std::uint64_t> read_entity_count(const kv_view& view, std::string_view room);
void put_entity_count(kv_batch& batch, std::string_view room, std::uint64_t count);

// Counts the entities of all rooms. For databases of versions that kept no count; may be repeated.
result<void> count_entities(kv& db);

}  // namespace tidewire::storage
