// What one operation makes of one entity: the decision that an entity takes, as a pure function. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "schemas/limits.hpp"
#include "schemas/operation.hpp"
#include "schemas/publication.hpp"
#include "schemas/result.hpp"

namespace tidewire {

// The entity after the change. A removed one has neither data nor tags.
struct change_outcome {
  bool removed = false;
  std::string data;
  tag_map tags;

  bool operator==(const change_outcome&) const = default;
};

// `current` is the entity as it stands, or null; `epoch` is its room's. The tags are the publisher's (those of the operation, else those
// the entity has), except that type, source and state always mirror the document (index_tags).
// REQUIRES: wanted.data is JSON from canonical_json, except for remove; wanted.tags are sorted by unique names.
// Errors: version_conflict when the precondition does not hold, unknown_room for a patch of nothing, else those of merge_patch, increment
// and json_patch (document.hpp).
result<change_outcome> apply(const operation& wanted, const entity_document* current, std::string_view epoch, const limits& bounds);

}  // namespace tidewire
