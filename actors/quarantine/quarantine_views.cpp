#include "actors/quarantine/quarantine_views.hpp"

#include <string_view>

#include "schemas/api/cursor.hpp"
#include "schemas/api/etag.hpp"
#include "schemas/api/views.hpp"
#include "schemas/json.hpp"
#include "schemas/rfc3339.hpp"

namespace tidewire {

namespace {

std::string_view name_of(storage::dead_kind kind) {
  switch (kind) {
    case storage::dead_kind::command: return "command";
  }
  return "unknown";
}

std::string_view name_of(operation_kind kind) {
  switch (kind) {
    case operation_kind::merge: return "merge";
    case operation_kind::set: return "set";
    case operation_kind::remove: return "remove";
    case operation_kind::increment: return "increment";
    case operation_kind::patch: return "patch";
  }
  return "unknown";
}

void open_member(std::string& out, std::string_view name) {
  if (out.back() != '{') out.push_back(',');
  append_json_string(out, name);
  out.push_back(':');
}

void append_text(std::string& out, std::string_view name, std::string_view text) {
  open_member(out, name);
  append_json_string(out, text);
}

void append_number(std::string& out, std::string_view name, std::uint64_t number) {
  open_member(out, name);
  append_json_unsigned(out, number);
}

void append_condition(std::string& out, const precondition& only_if) {
  using demand = precondition::demand;
  const auto& tags = only_if.tags;
  if (only_if.wants == demand::none) return;
  if (only_if.wants == demand::absent) return append_number(out, "if_version", 0);
  if (only_if.wants == demand::one_of && tags.size() == 1 && tags[0].epoch.empty())
    return append_number(out, "if_version", tags[0].version);
  std::string field = only_if.wants == demand::exists ? "*" : "";
  for (const auto& each : tags) field.append(field.empty() ? "" : ", ").append(api::format_etag(each.epoch, each.version));
  append_text(out, "if_match", field);
}

// The scope is the kind of id and the caller.
void append_idempotency(std::string& out, const idempotency& once) {
  const auto nul = once.scope.find('\0');
  open_member(out, "idempotency");
  out.push_back('{');
  append_text(out, "kind", std::string_view(once.scope).substr(0, nul));
  append_text(out, "caller", nul == std::string::npos ? std::string_view{} : std::string_view(once.scope).substr(nul + 1));
  append_text(out, "id", once.id);
  out.push_back('}');
}

void append_operation(std::string& out, const operation& what) {
  out.push_back('{');
  if (what.key) append_text(out, "key", *what.key);
  append_text(out, "op", name_of(what.kind));
  if (!what.data.empty()) {
    open_member(out, "data");
    out.append(what.data);
  }
  if (what.tags) {
    open_member(out, "tags");
    out.push_back('{');
    for (const auto& [name, value] : *what.tags) append_text(out, name, value);
    out.push_back('}');
  }
  append_condition(out, what.only_if);
  if (what.ttl_s) append_number(out, "ttl", *what.ttl_s);
  if (what.expires_ms) {
    open_member(out, "expires_at");
    out.push_back('"');
    append_rfc3339(out, *what.expires_ms);
    out.push_back('"');
  }
  if (what.once) append_idempotency(out, *what.once);
  out.push_back('}');
}

void append_summary(std::string& out, const storage::dead_record& record) {
  append_text(out, "id", record.id);
  append_text(out, "kind", name_of(record.kind));
  append_text(out, "room", record.room);
  append_text(out, "actor", record.actor);
  append_text(out, "error", record.error);
  append_number(out, "tries", record.tries);
  open_member(out, "time");
  out.push_back('"');
  append_rfc3339(out, record.time_ms);
  out.push_back('"');
}

void append_lines(std::string& out, std::string_view lines) {
  api::array_writer each(out);
  while (!lines.empty()) {
    const auto end = lines.find('\n');
    append_json_string(each.row(), lines.substr(0, end));
    lines = end == std::string_view::npos ? std::string_view{} : lines.substr(end + 1);
  }
  each.close();
}

}  // namespace

std::string quarantine_page(const dead_listing& listed, std::uint64_t quarantined, std::uint64_t refused) {
  std::string body;
  const auto& rows = listed.page.rows;
  api::page_writer page(body);
  for (const auto& each : rows) {
    auto& row = page.row();
    row.push_back('{');
    append_summary(row, each);
    row.push_back('}');
  }
  page.close(listed.page.more && !rows.empty() ? api::encode_cursor(api::listing::quarantine, rows.back().id) : std::string{});
  body.pop_back();
  append_number(body, "records", listed.kept.records);
  append_number(body, "bytes", listed.kept.bytes);
  append_number(body, "quarantined", quarantined);
  append_number(body, "refused", refused);
  body.push_back('}');
  return body;
}

std::string quarantine_record(const storage::dead_record& record) {
  std::string body = "{";
  append_summary(body, record);
  append_number(body, "generation", record.generation);
  if (record.info) {
    append_text(body, "user", record.info->user);
    append_text(body, "client", record.info->client);
  }
  open_member(body, "backtrace");
  append_lines(body, record.backtrace);
  open_member(body, "operations");
  api::array_writer all(body);
  for (const auto& each : record.operations) append_operation(all.row(), each);
  all.close();
  body.push_back('}');
  return body;
}

std::string replay_answer(const std::string& id, const std::string& room, const published& answer) {
  std::string body = "{";
  append_text(body, "id", id);
  open_member(body, "changes");
  api::array_writer rows(body);
  for (const auto& done : answer.changes) api::write_publish_answer(rows.row(), {room, answer.epoch, done.offset, done.keyed});
  rows.close();
  body.push_back('}');
  return body;
}

}  // namespace tidewire
