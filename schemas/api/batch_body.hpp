// The body of POST /api/v1/batch: many operations over many rooms.
//
//   {"operations": [{"room": "a", "key"?, "op"?, "data", …}, …], "atomic"?: false}
//
// An operation is a publication in plain JSON (plain_publication.hpp) that names its room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schemas/limits.hpp"
#include "schemas/operation.hpp"
#include "schemas/result.hpp"

namespace tidewire::api {

struct batch_body {
  struct item {
    std::string room;  // may be published to
    operation what;
  };
  std::vector<item> items;  // in order, at least one
  bool atomic = false;      // the operations of one room apply all together, or not at all
};

// Checks everything that can be known without the rooms. The detail of a failure begins with a JSON pointer: "/operations/3/data: …".
// Errors: as parse_publish (publish_body.hpp).
result<batch_body> parse_batch(std::string_view content_type, std::string_view caller, std::string_view body, const limits& bounds);

// One line of a stream of changes: a publication that names its room, unless `room` is given, that of the path. It is in `room` afterwards.
// Errors: as above; payload_too_large for a line over ingest_line_bytes_max.
result<operation> parse_line(std::string_view line, std::string_view caller, std::string& room, const limits& bounds);

}  // namespace tidewire::api
