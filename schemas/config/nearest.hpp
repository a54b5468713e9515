// What was probably meant by a misspelt word.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace tidewire::config {

// The number of single characters to insert, delete, replace or swap with their neighbour to turn one into the other
// (optimal string alignment distance).
std::size_t edit_distance(std::string_view from, std::string_view to);

// The candidate with the smallest distance, the first of equals; empty only if there is no candidate.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace tidewire::config
