// What the type of a problem leads to: a page of plain text that says what it means and what to do (GET /problems/<slug>).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "schemas/errc.hpp"

namespace tidewire::api {

// What the error means, for people; one or two sentences.
std::string_view meaning_of(errc code) noexcept;

// Nothing: there is no problem of that name.
std::optional<std::string> problem_page(std::string_view slug);

}  // namespace tidewire::api
