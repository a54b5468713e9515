// Entity tags and conditional requests (RFC 9110 §8.8.3, §13.1). Our tags are strong and read "epoch:version", in quotes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "schemas/operation.hpp"
#include "schemas/result.hpp"

namespace tidewire::api {

// With its quotes, as it stands in the header field ETag.
std::string format_etag(std::string_view epoch, std::uint64_t version);

// What the fields If-Match and If-None-Match of a change ask for; an empty view means the field is absent.
// If-Match: "*" is `exists`, a list is `one_of`. A weak tag or one that is not ours matches nothing: a list of only such is `one_of`
// nothing. If-None-Match: only "*" (`absent`: create, never replace) makes sense for a change. Errors: bad_request when malformed, when
// both are given, or for a list in If-None-Match.
result<precondition> parse_precondition(std::string_view if_match, std::string_view if_none_match);

// Whether a GET is to be answered with 304: the weak comparison of If-None-Match with what is there. A malformed field matches nothing.
bool none_match_hits(std::string_view if_none_match, std::string_view epoch, std::uint64_t version);

}  // namespace tidewire::api
