// A publication: one change in a room, as it is ordered, stored and told. Immutable once it has its offset.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tidewire {

// Name → value, sorted by name, names unique.
using tag_map = std::vector<std::pair<std::string, std::string>>;

// Who published. Raw JSON fields are empty when absent.
struct client_info {
  std::string user;
  std::string client;
  std::string conn_info;
  std::string chan_info;

  bool operator==(const client_info&) const = default;
};

struct publication {
  std::uint64_t offset = 0;        // dense from 1 in its room
  std::int64_t time_ms = 0;        // Unix time of acceptance
  std::optional<std::string> key;  // absent: a publication of the stream alone
  bool removed = false;            // the entity at `key` is gone; then `data` is empty
  std::string data;                // the resulting document: valid JSON text without a raw newline
  tag_map tags;                    // after the change
  tag_map tags_before;             // of the entity before the change, for filters without ghosts
  std::optional<client_info> info;
  std::string epoch;                   // only on offset 1: introduces the room's epoch to early subscribers
  std::int64_t expires_ms = 0;         // Unix time at which the entity is due to be removed; 0: never
  std::int64_t expires_before_ms = 0;  // the same before the change: its row in storage goes

  bool operator==(const publication&) const = default;
};

using publication_ptr = std::shared_ptr<const publication>;

// One entity's committed state.
struct entity_document {
  std::string key;
  std::uint64_t version = 0;    // offset of its last change
  std::int64_t updated_ms = 0;  // Unix time of its last change
  std::string data;             // valid JSON text without a raw newline
  tag_map tags;
  std::int64_t expires_ms = 0;  // Unix time at which it is due to be removed; 0: never

  bool operator==(const entity_document&) const = default;
};

using entity_ptr = std::shared_ptr<const entity_document>;

// A publication as it is told live.
struct change {
  publication_ptr told;
  entity_ptr before;  // what it replaced; null: nothing, or it is not known
};

}  // namespace tidewire
