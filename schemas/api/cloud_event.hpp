// CloudEvents 1.0 in the JSON format (structured mode): which members an event has and what they may be.
#pragma once

#include <string>
#include <string_view>

#include "schemas/api/operation_reader.hpp"
#include "schemas/limits.hpp"
#include "schemas/result.hpp"

namespace tidewire::api {

// An event that is valid by the specification, as far as it concerns us.
struct cloud_event {
  std::string id;
  std::string source;
  std::string_view subject;    // raw JSON, as are the next ones; empty if absent
  std::string_view operation;  // extension attribute `op`
  std::string_view ttl;        // extension attribute `ttl`
  std::string_view version;    // extension attribute `ifversion`
  std::string room;            // extension attribute `room`
  std::string_view data;       // a slice of the event
  std::string decoded_data;    // instead, when it came as data_base64
};

// `event` is JSON that came through canonical_json; the result points into it. `pointer` is the event's own, "" or "/3".
// Errors: bad_request with the pointer of the wrong attribute; unsupported_media for binary data that is no JSON.
result<cloud_event> read_cloud_event(std::string_view pointer, std::string_view event, const limits& bounds);

}  // namespace tidewire::api
