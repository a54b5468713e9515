#include "schemas/api/views.hpp"

#include "schemas/json.hpp"
#include "schemas/rfc3339.hpp"

namespace tidewire::api {

namespace {

void append_time(std::string& out, std::int64_t unix_ms) {
  out.push_back('"');
  append_rfc3339(out, unix_ms);
  out.push_back('"');
}

void append_tags(std::string& out, const tag_map& tags) {
  out.push_back('{');
  for (const auto& [name, value] : tags) {
    if (out.back() != '{') out.push_back(',');
    append_json_string(out, name);
    out.push_back(':');
    append_json_string(out, value);
  }
  out.push_back('}');
}

void append_position(std::string& out, std::string_view epoch, std::uint64_t offset) {
  out.append(R"("epoch":)");
  append_json_string(out, epoch);
  out.append(R"(,"offset":)");
  append_json_unsigned(out, offset);
}

void append_count(std::string& out, std::string_view member, const std::optional<std::uint64_t>& count) {
  if (!count) return;
  out.append(",\"").append(member).append("\":");
  append_json_unsigned(out, *count);
}

void append_data(std::string& out, std::string_view data, const field_mask* shown) {
  shown == nullptr ? out.append(data) : out.append(shown->project(data));
}

std::string& open_page(std::string& out) { return out.append(R"({"data":)"); }

}  // namespace

namespace {

// The members behind the brace or the comma.
void append_entity(std::string& out, const entity_document& row, const field_mask* shown) {
  out.append(R"("key":)");
  append_json_string(out, row.key);
  out.append(R"(,"version":)");
  append_json_unsigned(out, row.version);
  out.append(R"(,"offset":)");
  append_json_unsigned(out, row.version);
  out.append(R"(,"updated_at":)");
  append_time(out, row.updated_ms);
  if (row.expires_ms != 0) {
    out.append(R"(,"expires_at":)");
    append_time(out, row.expires_ms);
  }
  out.append(R"(,"tags":)");
  append_tags(out, row.tags);
  out.append(R"(,"data":)");
  append_data(out, row.data, shown);
  out.push_back('}');
}

}  // namespace

void write_entity(std::string& out, const entity_document& row, const field_mask* shown) {
  out.push_back('{');
  append_entity(out, row, shown);
}

void write_entity_of(std::string& out, std::string_view room, const entity_document& row, const field_mask* shown) {
  out.append(R"({"room":)");
  append_json_string(out, room);
  out.push_back(',');
  append_entity(out, row, shown);
}

void write_publication(std::string& out, const publication& row, const field_mask* shown) {
  out.append(R"({"offset":)");
  append_json_unsigned(out, row.offset);
  out.append(R"(,"time":)");
  append_time(out, row.time_ms);
  if (row.key) {
    out.append(R"(,"key":)");
    append_json_string(out, *row.key);
  }
  if (row.removed) {
    out.append(R"(,"removed":true)");
  } else {
    out.append(R"(,"data":)");
    append_data(out, row.data, shown);
  }
  out.append(R"(,"tags":)");
  append_tags(out, row.tags);
  out.push_back('}');
}

void write_room(std::string& out, const room_view& row) {
  out.append(R"({"room":)");
  append_json_string(out, row.name);
  out.push_back(',');
  append_position(out, row.epoch, row.offset);
  append_count(out, "entities", row.entities);
  append_count(out, "subscribers", row.subscribers);
  out.push_back('}');
}

void write_publish_answer(std::string& out, const publish_answer& answer) {
  out.append(R"({"room":)");
  append_json_string(out, answer.room);
  out.push_back(',');
  append_position(out, answer.epoch, answer.offset);
  if (answer.keyed) append_count(out, "version", answer.offset);
  out.push_back('}');
}

array_writer::array_writer(std::string& out) : out_(out) { out_.push_back('['); }

std::string& array_writer::row() {
  if (!first_) out_.push_back(',');
  first_ = false;
  return out_;
}

void array_writer::close() { out_.push_back(']'); }

page_writer::page_writer(std::string& out) : out_(out), rows_(open_page(out)) {}

void page_writer::close_rows(std::string_view next_cursor) {
  rows_.close();
  out_.append(R"(,"next_cursor":)");
  if (next_cursor.empty())
    out_.append(R"(null,"has_more":false)");
  else {
    append_json_string(out_, next_cursor);
    out_.append(R"(,"has_more":true)");
  }
}

void page_writer::close(std::string_view next_cursor) {
  close_rows(next_cursor);
  out_.push_back('}');
}

void page_writer::close(std::string_view next_cursor, std::string_view epoch, std::uint64_t offset) {
  close_rows(next_cursor);
  out_.push_back(',');
  append_position(out_, epoch, offset);
  out_.push_back('}');
}

}  // namespace tidewire::api
