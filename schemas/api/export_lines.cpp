#include "schemas/api/export_lines.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "schemas/document.hpp"
#include "schemas/json.hpp"
#include "schemas/protocol/json_object.hpp"
#include "schemas/rfc3339.hpp"

namespace tidewire::api {

namespace {

constexpr std::string_view hex = "0123456789ABCDEF";

class line_writer : public protocol::json_object {
 public:
  using json_object::json_object;

  void raw(std::string_view name_of, std::string_view json) { name(name_of) += json; }
  void time(std::string_view name_of, std::int64_t unix_ms) {
    auto& out = name(name_of);
    out += '"';
    append_rfc3339(out, unix_ms);
    out += '"';
  }
  void tags(const tag_map& tags) {
    json_object all(name("tags"));
    for (const auto& [tag, value] : tags) all.entry(tag, value);
  }
};

// The members of a line by name.
class line_members {
 public:
  explicit line_members(std::vector<json_member> all) : all_(std::move(all)) {}

  std::string_view raw(std::string_view name) const {
    const auto found = std::ranges::find(all_, name, &json_member::name);
    return found == all_.end() ? std::string_view{} : found->raw;
  }
  bool has(std::string_view name) const { return !raw(name).empty(); }
  std::string text(std::string_view name) const { return json_string(raw(name)).value_or(std::string()); }
  std::uint64_t number(std::string_view name) const { return json_unsigned(raw(name)).value_or(0); }

 private:
  std::vector<json_member> all_;
};

// Tags that mirror members of the document come back with it.
std::string tags_to_publish(std::string_view tags, bool keyed) {
  const auto members = json_members(tags);
  if (!members || !keyed) return std::string(tags);
  std::string kept;
  {
    line_writer object(kept);
    for (const auto& [name, value] : *members)
      if (!is_index_tag(name)) object.key(name) += value;
  }
  return kept;
}

struct item_parts {
  std::string_view key;   // raw
  std::string_view data;  // raw
  std::string_view op;    // raw; empty: set, or remove without data
  std::string tags;       // raw
  std::string_view ttl;   // raw
  std::string expires_at;
};

result<void> settle_item(export_line& made, const item_parts& from) {
  const bool removes = from.op == "\"remove\"" || (from.op.empty() && from.data.empty());
  if (removes && from.key.empty()) return fail(errc::bad_request, "has neither data nor a key to remove");
  if (!from.expires_at.empty()) {
    made.expires_ms = parse_rfc3339(from.expires_at);
    if (!made.expires_ms) return fail(errc::bad_request, "the time of expiry is none (RFC 3339)");
  }
  {
    line_writer item(made.operation);
    item.raw_unless_empty("key", from.key);
    if (!from.op.empty())
      item.raw("op", from.op);
    else if (!from.key.empty())
      item.raw("op", removes ? "\"remove\"" : "\"set\"");
    item.raw_unless_empty("data", from.data);
    if (!from.tags.empty() && !removes) item.raw("tags", tags_to_publish(from.tags, !from.key.empty()));
    if (!from.expires_at.empty())
      item.string("expires_at", from.expires_at);
    else if (!from.ttl.empty())
      item.raw("ttl", from.ttl);
    else if (!from.key.empty() && !removes && (from.op.empty() || from.op == "\"set\""))
      item.raw("ttl", "0");  // it stays, whatever the namespace says of others
  }
  made.operation.pop_back();
  return {};
}

result<export_line> read_event(const line_members& line, const limits& bounds) {
  export_line made;
  made.kind = line.text("type") == "tidewire.entity" ? export_line_kind::entity : export_line_kind::publication;
  made.room = line.text("room");
  if (made.room.empty()) return fail(errc::bad_request, "the event names no room");
  if (line.has("data_base64")) return fail(errc::bad_request, "data_base64 is not understood here: data is JSON");
  auto tags = line.text("tags");
  if (!tags.empty()) {
    auto checked = canonical_json(tags, bounds);
    if (!checked) return fail(errc::bad_request, "the attribute tags is no JSON text: " + checked.error().detail);
    tags = std::move(*checked);
  }
  item_parts parts{line.raw("subject"), line.raw("data"), line.raw("op"), std::move(tags), line.raw("ttl"), line.text("expiresat")};
  if (auto settled = settle_item(made, parts); !settled) return tl::unexpected(std::move(settled.error()));
  return made;
}

}  // namespace

void write_export_begin(std::string& out, std::string_view id, std::int64_t time_ms) {
  line_writer line(out);
  line.number("tidewire_export", 1);
  line.string("id", id);
  line.time("time", time_ms);
}

void write_export_room(std::string& out, std::string_view room, std::string_view epoch, std::uint64_t offset) {
  line_writer line(out);
  line.string("room", room);
  line.string("epoch", epoch);
  line.number("offset", offset);
}

void write_export_entity(std::string& out, std::string_view room, const entity_document& row) {
  line_writer line(out);
  line.string("room", room);
  line.string("key", row.key);
  line.number("version", row.version);
  line.time("updated_at", row.updated_ms);
  if (row.expires_ms != 0) line.time("expires_at", row.expires_ms);
  line.tags(row.tags);
  line.raw("data", row.data);
}

void write_export_publication(std::string& out, std::string_view room, const publication& row) {
  line_writer line(out);
  line.string("room", room);
  line.number("offset", row.offset);
  line.time("time", row.time_ms);
  if (row.key) line.string("key", *row.key);
  if (row.expires_ms != 0) line.time("expires_at", row.expires_ms);
  line.tags(row.tags);
  if (row.removed)
    line.raw("removed", "true");
  else
    line.raw("data", row.data);
}

void write_export_end(std::string& out, const export_counts& counts) {
  line_writer line(out);
  line.number("tidewire_export_end", 1);
  line.number("rooms", counts.rooms);
  line.number("entities", counts.entities);
  line.number("publications", counts.publications);
}

result<export_line> read_export_line(std::string_view text, const limits& bounds) {
  auto whole = bounds;
  whole.document_bytes_max = bounds.http_body_bytes_max;
  whole.json_depth_max = bounds.json_depth_max + 1;
  const auto json = canonical_json(text, whole);
  if (!json) return tl::unexpected(json.error());
  auto members = json_members(*json);
  if (!members) return fail(errc::bad_request, "is no object");
  const line_members line(std::move(*members));
  if (line.has("specversion")) return read_event(line, bounds);

  export_line made;
  if (line.has("tidewire_export") || line.has("tidewire_export_end")) {
    const bool begins = line.has("tidewire_export");
    if (line.number(begins ? "tidewire_export" : "tidewire_export_end") != 1)
      return fail(errc::bad_request, "a newer version of this program wrote the export: use that version");
    made.kind = begins ? export_line_kind::begin : export_line_kind::end;
    made.id = line.text("id");
    made.counts = {line.number("rooms"), line.number("entities"), line.number("publications")};
    return made;
  }
  made.room = line.text("room");
  if (made.room.empty()) return fail(errc::bad_request, "names no room");
  if (line.has("epoch")) {
    made.kind = export_line_kind::room;
    made.epoch = line.text("epoch");
    return made;
  }
  made.kind = line.has("version") ? export_line_kind::entity : export_line_kind::publication;
  item_parts parts{line.raw("key"), line.raw("data"), {}, std::string(line.raw("tags")), {}, line.text("expires_at")};
  if (auto settled = settle_item(made, parts); !settled) return tl::unexpected(std::move(settled.error()));
  return made;
}

void append_cloud_event(std::string& out, std::string_view text, std::string_view epoch) {
  auto members = json_members(text);
  if (!members) return;
  const line_members line(std::move(*members));
  const bool entity = line.has("version");
  if (!entity && !line.has("time")) return;
  std::string source = "/rooms/";
  for (const char c : line.text("room")) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
    if (plain)
      source += c;
    else
      source.append({'%', hex[byte >> 4], hex[byte & 15]});
  }
  line_writer event(out);
  event.raw("specversion", "\"1.0\"");
  event.string("id", std::string(epoch) + ':' + std::string(line.raw(entity ? "version" : "offset")));
  event.string("source", source);
  event.raw("type", entity ? "\"tidewire.entity\"" : "\"tidewire.publication\"");
  event.raw("time", line.raw(entity ? "updated_at" : "time"));
  event.raw("room", line.raw("room"));
  if (line.has("key")) event.raw("subject", line.raw("key"));
  event.raw("op", line.has("removed") ? "\"remove\"" : "\"set\"");
  if (line.raw("tags") != "{}") event.string("tags", line.raw("tags"));
  if (line.has("expires_at")) event.raw("expiresat", line.raw("expires_at"));
  if (line.has("data")) {
    event.raw("datacontenttype", "\"application/json\"");
    event.raw("data", line.raw("data"));
  }
}

}  // namespace tidewire::api
