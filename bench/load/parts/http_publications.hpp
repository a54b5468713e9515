// Tidewire's HTTP API, as far as publishing needs it: bodies of requests, and where answers say publications stand.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire::load {

// One publication of a body; with a key it is the new state of that entity.
void append_http_publication(std::string& out, std::string_view key, std::string_view payload);

// What answers to publishing, and to asking for a room, say: one object {"room":"bench:7",…,"offset":12,…}, or an array of them.
struct http_places {
  unsigned room = 0;
  std::vector<std::uint64_t> offsets;
};

// False when the body is something else, or names several rooms. What `into` held is replaced.
bool read_http_places(std::string_view body, http_places& into);

}  // namespace tidewire::load
