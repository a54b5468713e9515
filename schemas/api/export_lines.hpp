// The lines of an export, one JSON object each (docs/operating.md):
//
//   {"tidewire_export":1,"id":…,"time":…}                                                            the first
//   {"room":…,"epoch":…,"offset":…}                                                                 what follows is of this room then
//   {"room":…,"key":…,"version":…,"updated_at":…,"expires_at"?,"tags":{…},"data":…}                  an entity
//   {"room":…,"offset":…,"time":…,"key"?,"expires_at"?,"tags":{…},"data":… or "removed":true}        a publication
//   {"tidewire_export_end":1,"rooms":…,"entities":…,"publications":…}                               the last
//
// or CloudEvents 1.0, for entities and publications alone: `room`, `op` (set or remove) and `subject` as publishing takes them, the tags as
// JSON text in `tags`, and `expiresat`.
//
// Applied in their order to rooms that are empty, the lines make the state they are of.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "schemas/limits.hpp"
#include "schemas/publication.hpp"
#include "schemas/result.hpp"

namespace tidewire::api {

struct export_counts {
  std::uint64_t rooms = 0;
  std::uint64_t entities = 0;
  std::uint64_t publications = 0;
};

// All append, without a line break.
void write_export_begin(std::string& out, std::string_view id, std::int64_t time_ms);
void write_export_room(std::string& out, std::string_view room, std::string_view epoch, std::uint64_t offset);
void write_export_entity(std::string& out, std::string_view room, const entity_document& row);
void write_export_publication(std::string& out, std::string_view room, const publication& row);
void write_export_end(std::string& out, const export_counts& counts);

enum class export_line_kind : std::uint8_t { begin, room, entity, publication, end };

// A line as somebody who reads it needs it.
struct export_line {
  export_line_kind kind = export_line_kind::publication;
  std::string id;         // of the export, in the first line
  std::string room;       // of all but the first and the last
  std::string epoch;      // of a room
  export_counts counts;   // in the last line
  std::string operation;  // of an entity or a publication: the item that publishes it (api/publish_body.hpp), without its last brace
  std::optional<std::int64_t> expires_ms;
};

// Either form. Members that it does not know are left out. Errors: bad_request, with what is wrong.
result<export_line> read_export_line(std::string_view line, const limits& bounds);

// An entity or a publication as a CloudEvent, appended; nothing for the other lines. `epoch` is that of its room.
// REQUIRES: a line of the first form, as written above.
void append_cloud_event(std::string& out, std::string_view line, std::string_view epoch);

}  // namespace tidewire::api
