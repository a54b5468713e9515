// Entities by what the index says of them: a page of a listing with filters. Pure; blocks as the stores do.
#pragma once

#include "actors/messages/store.hpp"

namespace tidewire {

// Of the one room in `store`, or of all rooms of both.
result<found_entities> found(const find_entities& asked, const storage::store& store, const storage::store& other);

}  // namespace tidewire
