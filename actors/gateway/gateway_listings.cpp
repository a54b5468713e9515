// Pages of entities and of history.
#include <algorithm>
#include <array>
#include <utility>

#include "actors/gateway/gateway_state.hpp"
#include "actors/gateway/readable_pages.hpp"
#include "schemas/api/cursor.hpp"
#include "schemas/api/views.hpp"
#include "schemas/json.hpp"

namespace tidewire {

namespace {

const field_mask* parts(const std::optional<field_mask>& shown) { return shown ? &*shown : nullptr; }

// What is found by a field tells it.
bool may_filter(const std::optional<field_mask>& readable, const std::vector<index_filter>& filters) {
  return !readable || std::ranges::all_of(filters, [&](const index_filter& each) { return readable->chooses(each.field); });
}

// In the index the rarest comes first, as a rule.
constexpr std::array<std::string_view, 3> filter_names{"source", "type", "state"};

}  // namespace

// The parts of documents that are asked for, and those that may be read. What a page of the past shows has to be readable in the history
// too.
result<void> gateway_state::choose_fields(const call& from, room_action what, pending& into) const {
  if (const auto* given = from.target.find("fields")) {
    auto mask = field_mask::of_list(*given, options_.limit);
    if (!mask) return tl::unexpected(std::move(mask.error()));
    into.shown = std::move(*mask);
  }
  if (from.room.empty()) return {};
  into.readable = readable_fields(options_, from.may, what, from.room);
  if (const auto of_past = from.target.find("at") ? readable_fields(options_, from.may, room_action::history, from.room) : std::nullopt) {
    auto left = into.readable ? field_mask::both(*into.readable, *of_past) : of_past;
    if (!left) return fail(errc::permission_denied, "nothing of the past may be read");
    into.readable = std::move(left);
  }
  const bool some = !into.readable || !into.shown || field_mask::both(*into.readable, *into.shown);
  return some ? result<void>{} : fail(errc::permission_denied, "none of these fields may be read");
}

std::vector<index_filter> gateway_state::filters_of(const call& from) {
  std::vector<index_filter> filters;
  for (const auto name : filter_names)
    if (const auto* value = from.target.find(name)) filters.push_back({std::string(name), *value});
  return filters;
}

void gateway_state::read_entities(call& from) {
  const auto limit = limit_of(from);
  if (!limit) return refuse(from.responder, limit.error());
  const auto* cursor = from.target.find("cursor");
  const auto after = cursor ? api::decode_cursor(api::listing::entities, *cursor) : std::string{};
  if (!after) return refuse(from.responder, after.error());
  const auto at = past_of(from);
  if (!at) return refuse(from.responder, at.error());
  pending details;
  if (const auto chosen = choose_fields(from, room_action::subscribe, details); !chosen) return refuse(from.responder, chosen.error());
  auto filters = filters_of(from);
  if (!filters.empty()) {
    if (!may_filter(details.readable, filters))
      return refuse(from.responder, {errc::permission_denied, "the filter asks for fields that may not be read"});
    if (*at) return refuse(from.responder, {errc::bad_request, "\"at\" goes with no filter: the index is of what is there now"});
    return port_.find_entities(
        expect(from, std::move(details)),
        {std::move(filters), from.room, {}, *after, {*limit, options_.limit.page_bytes_max}, options_.limit.filtered_rows_max, nullptr});
  }
  port_.read_state(expect(from, std::move(details)), from.room, *after, {*limit, options_.limit.page_bytes_max}, *at);
}

void gateway_state::on_state(ticket which, const result<storage::state_page>& read) {
  const auto asked = take(which, read);
  if (!asked) return;
  const auto page = readable_page(asked->readable, *read);
  std::string body;
  api::page_writer rows(body);
  for (const auto& each : page.rows) api::write_entity(rows.row(), each, parts(asked->shown));
  rows.close(page.more && !page.rows.empty() ? api::encode_cursor(api::listing::entities, page.rows.back().key) : std::string{}, page.epoch,
             page.top);
  asked->responder->answer(json_response(std::move(body)));
}

void gateway_state::read_history(call& from) {
  const auto limit = limit_of(from);
  if (!limit) return refuse(from.responder, limit.error());
  const auto* reverse = from.target.find("reverse");
  if (reverse && *reverse != "true" && *reverse != "false") return refuse(from.responder, {errc::bad_request, "reverse is true or false"});
  const auto* since = from.target.find("since");
  const auto* cursor = from.target.find("cursor");
  if (since && cursor) return refuse(from.responder, {errc::bad_request, "a cursor takes the place of since"});
  std::uint64_t after = 0;
  if (since) {
    const auto offset = json_unsigned(*since);
    if (!offset) return refuse(from.responder, {errc::bad_request, "since is an offset"});
    after = *offset;
  } else if (cursor) {
    const auto offset = api::decode_offset_cursor(*cursor);
    if (!offset) return refuse(from.responder, offset.error());
    after = *offset;
  }
  pending details;
  if (const auto chosen = choose_fields(from, room_action::history, details); !chosen) return refuse(from.responder, chosen.error());
  port_.read_stream(expect(from, std::move(details)), from.room, after, {*limit, options_.limit.page_bytes_max},
                    reverse && *reverse == "true");
}

void gateway_state::on_stream(ticket which, const result<storage::stream_page>& read) {
  const auto asked = take(which, read);
  if (!asked) return;
  const auto page = readable_page(asked->readable, *read);
  std::string body;
  api::page_writer rows(body);
  for (const auto& each : page.publications) api::write_publication(rows.row(), *each, parts(asked->shown));
  const bool more = page.more && !page.publications.empty();
  rows.close(more ? api::encode_cursor(api::listing::history, std::to_string(page.publications.back()->offset)) : std::string{}, page.epoch,
             page.top);
  asked->responder->answer(json_response(std::move(body)));
}

// Entities of all rooms.
void gateway_state::find_entities(call& from) {
  const auto limit = limit_of(from);
  if (!limit) return refuse(from.responder, limit.error());
  auto filters = filters_of(from);
  if (filters.empty()) return refuse(from.responder, {errc::bad_request, "at least one of type, source and state is needed"});
  pending details;
  if (const auto chosen = choose_fields(from, room_action::subscribe, details); !chosen) return refuse(from.responder, chosen.error());
  std::string room;
  std::string key;
  if (const auto* cursor = from.target.find("cursor")) {
    const auto place = api::open_cursor(api::listing::found, *cursor, options_.cursor_key);
    if (!place) return refuse(from.responder, place.error());
    const auto end = place->find('\n');
    if (end == std::string::npos) return refuse(from.responder, {errc::bad_request, "the cursor is not one that this listing gave"});
    room = place->substr(0, end);
    key = place->substr(end + 1);
  }
  details.may = from.may;
  details.filters = filters;
  port_.find_entities(expect(from, std::move(details)), {std::move(filters),
                                                         {},
                                                         std::move(room),
                                                         std::move(key),
                                                         {*limit, options_.limit.page_bytes_max},
                                                         options_.limit.filtered_rows_max,
                                                         nullptr});
}

void gateway_state::on_found(ticket which, const result<found_entities>& page) {
  const auto asked = take(which, page);
  if (!asked) return;
  std::string body;
  api::page_writer rows(body);
  if (!asked->room.empty()) {
    for (const auto& each : page->rows)
      api::write_entity(rows.row(), asked->readable ? readable_part(*asked->readable, each.document) : each.document, parts(asked->shown));
    rows.close(page->more ? api::encode_cursor(api::listing::entities, page->after_key) : std::string{}, page->epoch, page->top);
  } else {
    for (const auto& each : page->rows) {
      if (!may(options_, asked->may, room_action::subscribe, each.room)) continue;
      const auto readable = readable_fields(options_, asked->may, room_action::subscribe, each.room);
      if (!may_filter(readable, asked->filters)) continue;
      api::write_entity_of(rows.row(), each.room, readable ? readable_part(*readable, each.document) : each.document, parts(asked->shown));
    }
    rows.close(page->more ? api::seal_cursor(api::listing::found, page->after_room + '\n' + page->after_key, options_.cursor_key)
                          : std::string{});
  }
  asked->responder->answer(json_response(std::move(body)));
}

}  // namespace tidewire
