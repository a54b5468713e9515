// Request targets (RFC 9112 §3.2.1) and percent-encoding (RFC 3986 §2.1), strictly: what is ambiguous is refused.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schemas/result.hpp"

namespace tidewire::api {

// "%2F" becomes "/"; "+" stays a plus sign. Nothing if a "%" lacks its two hexadecimal digits, or if the result is not UTF-8.
std::optional<std::string> percent_decode(std::string_view text);

// The same text where only unreserved characters stand for themselves (RFC 3986 §2.3, without the tilde): a segment, or a value of a query.
std::string percent_encode(std::string_view text);

struct request_target {
  std::vector<std::string> segments;                            // of the path, each decoded: "/a/b%2Fc" is {"a", "b/c"}, "/" is {}
  std::vector<std::pair<std::string, std::string>> parameters;  // of the query, decoded, in order; names are unique

  // The value of that parameter, or null.
  const std::string* find(std::string_view name) const noexcept;
};

// A target in origin form: "/path?query". Errors, all bad_request: no leading "/", an empty segment (but for one "/" at the end), a "." or
// ".." segment, wrong percent-encoding, a parameter given twice, a fragment, or a character that no URI holds.
result<request_target> split_target(std::string_view target);

}  // namespace tidewire::api
