// What a room was at an earlier moment: told exactly, or not at all.
//
// The document of a key at offset A is its present one, if that has not changed since A. Otherwise it is the key's newest publication at or
// below A, if the stream still has it; and if the whole stream is kept and holds none, there was no such entity. A publication does not
// say what it replaced, so in every other case what was there cannot be told: errc::no_longer_kept. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "storage/store.hpp"

namespace tidewire::storage {

// A moment as somebody asks for it: after the publication of an offset, or after all publications up to the first that is newer than a
// time.
struct past_moment {
  std::optional<std::uint64_t> offset;
  std::int64_t time_ms = 0;  // where there is no offset
};

// REQUIRES of all: `from` is of one moment. At most `publications_max` publications are looked at, else errc::limit_exceeded.

// The offset of that moment. Errors: bad_request when the room has not come so far; no_longer_kept when the publication behind that time
// may have been trimmed; unknown_room.
result<std::uint64_t> offset_at(const readable& from, std::string_view room, const past_moment& at);

result<std::optional<entity_document>> entity_at(const readable& from, std::string_view room, std::string_view key, std::uint64_t offset,
                                                 std::size_t publications_max);

// As readable::state(); `top` is the offset. If any key behind `after` cannot be told, no page is.
result<state_page> state_at(const readable& from, std::string_view room, std::uint64_t offset, std::string_view after, page_limit limit,
                            std::size_t publications_max);

}  // namespace tidewire::storage
