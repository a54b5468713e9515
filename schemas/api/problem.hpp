// What a refusal reads like over HTTP: problem details (RFC 9457).
#pragma once

#include <string>
#include <string_view>

#include "schemas/result.hpp"

namespace tidewire::api {

inline constexpr std::string_view problem_content_type = "application/problem+json";

// {"type":"/problems/<slug>","title":…,"status":…,"detail":…,"operation":…} from the table of errors; without an empty detail, and with
// `operation` where one of several is at fault.
std::string problem_body(const failure& why);

}  // namespace tidewire::api
