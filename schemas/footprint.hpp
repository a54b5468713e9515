// What changes take in memory: every limit in bytes on changes that are held counts this, not their documents alone, for many small ones
// take far more than those. Strings are counted as if none was shared.
#pragma once

#include <cstddef>

#include "schemas/operation.hpp"
#include "schemas/publication.hpp"

namespace tidewire {

std::size_t bytes_of(const tag_map& tags) noexcept;
std::size_t bytes_of(const client_info& who) noexcept;
std::size_t bytes_of(const publication& what) noexcept;
std::size_t bytes_of(const entity_document& what) noexcept;
std::size_t bytes_of(const operation& what) noexcept;
// With the document that it replaced, which may have nobody else to keep it any more.
std::size_t bytes_of(const change& what) noexcept;

}  // namespace tidewire
