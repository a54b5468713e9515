// CloudEvents 1.0 over HTTP in binary mode (HTTP protocol binding §3.1): each attribute is a header `ce-…`, the body is the data, and its
// Content-Type is `datacontenttype`.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schemas/limits.hpp"
#include "schemas/result.hpp"

namespace tidewire::api {

// The headers of that kind: the name behind "ce-", in lower case, and the value as it was sent.
using event_attributes = std::vector<std::pair<std::string_view, std::string_view>>;

// The same event in the JSON format, for read_cloud_event(); its attributes are not checked yet. A body of a JSON type is the value itself,
// one of a type text/… in UTF-8 a string, as both would be in structured mode; an empty one is no data.
// Errors: bad_request (names the header: one that stands twice, one that does not decode, "ce-data", "ce-datacontenttype"),
// unsupported_media for other data: documents are JSON; and those of canonical_json for the body.
result<std::string> structured_event(const event_attributes& attributes, std::string_view content_type, std::string_view body,
                                     const limits& bounds);

// What is wrong with that event, told of headers instead of members: "/subject: …" becomes "ce-subject: …", "/data: …" "the body: …".
failure in_headers(failure why);

}  // namespace tidewire::api
