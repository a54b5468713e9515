// Tidewire's HTTP API, as far as publishing needs it: bodies of requests, and where answers say publications stand.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire::load {

// One publication of a body; with a key it is the new state of that entity.
void append_http_publication(std::string& out, std::string_view key, std::string_view payload);

// What an answer to publishing says: one object {"room":"bench:7",…,"offset":12,…}, or an array of them.
struct http_places {
  unsigned room = 0;
  std::vector<std::uint64_t> offsets;
};

// False when the body is something else, or names several rooms. What `into` held is replaced.
bool read_http_places(std::string_view body, http_places& into);

// A page of rooms: {"data":[{"room":…,"offset":12}, …],"next_cursor":"…" or null, …}
struct rooms_page {
  std::uint64_t publications = 0;  // that all its rooms have taken
  std::string_view next_cursor;    // within the body; empty: it is the last page
};

// Nothing when the body is something else.
std::optional<rooms_page> read_rooms_page(std::string_view body);

}  // namespace tidewire::load
