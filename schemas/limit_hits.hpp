// How often each limit of limits.hpp was crossed: something was refused, cut or ended because of it. For operators; counted since the
// process began, on any thread, without a lock.
//
//   if (exceeds<"tags_max">(tags.size() > bounds.tags_max)) return fail(…);
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace tidewire {

// The name of a limit, as a template argument.
template <std::size_t Size>
struct limit_name {
  consteval limit_name(const char (&name)[Size]) { std::copy_n(name, Size, text); }  // NOLINT(google-explicit-constructor)
  constexpr std::string_view view() const noexcept { return {text, Size - 1}; }
  char text[Size];
};

// The counter of that limit, made at its first mention; lives as long as the process.
std::atomic<std::uint64_t>& limit_hits_of(std::string_view limit);

// All limits that were crossed so far, by name.
std::vector<std::pair<std::string_view, std::uint64_t>> limit_hits();

// Answers `crossed`, and counts if it is.
template <limit_name Name>
bool exceeds(bool crossed) {
  if (crossed) {
    static auto& hits = limit_hits_of(Name.view());
    hits.fetch_add(1, std::memory_order_relaxed);
  }
  return crossed;
}

}  // namespace tidewire
