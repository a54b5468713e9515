// What those see of a room who may read certain members of its documents alone (access/permissions.hpp). Of its tags they see those that
// have the name of such a member: `type`, `source` and `state` are copies of members.
#pragma once

#include "schemas/field_mask.hpp"
#include "schemas/publication.hpp"

namespace tidewire {

tag_map readable_tags(const field_mask& readable, const tag_map& tags);

// As they see it. REQUIRES: the document is JSON from canonical_json.
publication readable_part(const field_mask& readable, publication told);
entity_document readable_part(const field_mask& readable, entity_document row);

}  // namespace tidewire
