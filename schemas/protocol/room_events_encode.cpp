#include <algorithm>

#include "schemas/api/views.hpp"
#include "schemas/json.hpp"
#include "schemas/protocol/room_events_dialect.hpp"

namespace tidewire::protocol {
namespace {

void append_id(std::string& out, std::string_view epoch, std::uint64_t offset) {
  if (epoch.empty()) return;  // a room that nothing was published to
  out.append("id: ").append(epoch).push_back('.');
  append_json_unsigned(out, offset);
  out += '\n';
}

// False: hidden, and nothing is appended.
bool append_change(std::string& out, const view& through, std::string_view epoch, const change& what) {
  const auto& told = *what.told;
  if (through.plain()) {
    if (is_map(through.type) && !told.key) return false;
    append_id(out, epoch, told.offset);
    out += "data: ";
    api::write_publication(out, told);
  } else {
    auto seen = look(through, told, {what.before ? &what.before->data : nullptr, nullptr});
    if (seen.what == sight::kind::hidden) return false;
    auto shown = told;
    shown.removed = seen.what == sight::kind::removal;
    shown.data = std::move(seen.data);
    shown.tags = shown_tags(through, told.tags);
    append_id(out, epoch, told.offset);
    out += "data: ";
    api::write_publication(out, shown);
  }
  out += "\n\n";
  return true;
}

void append_row(api::array_writer& rows, const view& through, const entity_document& row) {
  if (through.plain()) return api::write_entity(rows.row(), row);
  auto seen = look(through, row);
  if (seen.what == sight::kind::hidden) return;
  auto shown = row;
  shown.data = std::move(seen.data);
  shown.tags = shown_tags(through, row.tags);
  api::write_entity(rows.row(), shown);
}

void append_snapshot(std::string& out, const subscribe_result& told, const view& through, bool more) {
  out += "event: snapshot\ndata: {\"data\":";
  told.state.append_text(row_text::events, told.through, out, nullptr, [&](std::string& text) {
    api::array_writer rows(text);
    for (const auto& each : told.state) append_row(rows, through, *each);
    rows.close();
  });
  out.append(R"(,"has_more":)").append(more ? "true" : "false").append("}\n\n");
}

}  // namespace

void encode_events_reply(const any_result& what, std::string& out) {
  const auto* told = std::get_if<subscribe_result>(&what);
  if (told == nullptr) return;
  const auto& through = told->through ? *told->through : *plain_view(told->type);
  const bool paging = told->phase == subscribe_phase::state;
  const bool shows_state = is_map(told->type) && told->phase != subscribe_phase::stream && !told->was_recovering;
  if (shows_state) append_snapshot(out, *told, through, paging);
  auto reached = told->offset;
  for (const auto& each : told->publications) {
    append_change(out, through, told->epoch, {each, nullptr});
    reached = std::max(reached, each->offset);
  }
  if (told->phase != subscribe_phase::live) return;
  append_id(out, told->epoch, reached);
  out += "event: live\ndata: {\"epoch\":\"";
  out.append(told->epoch).append("\",\"offset\":");
  append_json_unsigned(out, reached);
  out += "}\n\n";
}

run_part encode_events_run(const view& through, std::string_view epoch, std::span<const change> told, std::size_t bytes_max,
                           std::string& out) {
  run_part part;
  for (; part.done < told.size(); ++part.done) {
    const auto before = out.size();
    const bool shown = append_change(out, through, epoch, told[part.done]);
    if (!shown) continue;
    if (before != 0 && out.size() > bytes_max) {
      out.resize(before);
      break;
    }
    ++part.shown;
  }
  return part;
}

void encode_events_comment(std::string_view text, std::string& out) { out.append(": ").append(text).append("\n\n"); }

void encode_events_reset(std::string& out) { out += "event: reset\ndata: {}\n\n"; }

void encode_events_retry(std::uint32_t ms, std::string& out) {
  out += "retry: ";
  append_json_unsigned(out, ms);
  out += "\n\n";
}

std::optional<event_position> parse_event_id(std::string_view id) {
  const auto dot = id.rfind('.');
  if (dot == 0 || dot == std::string_view::npos) return std::nullopt;
  const auto offset = json_unsigned(id.substr(dot + 1));
  if (!offset) return std::nullopt;
  return event_position{std::string(id.substr(0, dot)), *offset};
}

}  // namespace tidewire::protocol
