// Pages of entities and of history.
#include <array>
#include <utility>

#include "actors/gateway/gateway_state.hpp"
#include "schemas/api/cursor.hpp"
#include "schemas/api/views.hpp"
#include "schemas/json.hpp"

namespace tidewire {

namespace {

const field_mask* parts(const std::optional<field_mask>& shown) { return shown ? &*shown : nullptr; }

// In the index the rarest comes first, as a rule.
constexpr std::array<std::string_view, 3> filter_names{"source", "type", "state"};

}  // namespace

// The parts of documents that are asked for.
result<std::optional<field_mask>> gateway_state::fields_of(const call& from) const {
  const auto* given = from.target.find("fields");
  if (given == nullptr) return std::nullopt;
  auto mask = field_mask::of_list(*given, options_.limit);
  if (!mask) return tl::unexpected(std::move(mask.error()));
  return std::move(*mask);
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
  auto shown = fields_of(from);
  if (!shown) return refuse(from.responder, shown.error());
  pending details;
  details.shown = std::move(*shown);
  auto filters = filters_of(from);
  if (!filters.empty()) {
    if (*at) return refuse(from.responder, {errc::bad_request, "\"at\" goes with no filter: the index is of what is there now"});
    return port_.find_entities(
        expect(from, std::move(details)),
        {std::move(filters), from.room, {}, *after, {*limit, options_.limit.page_bytes_max}, options_.limit.filtered_rows_max, nullptr});
  }
  port_.read_state(expect(from, std::move(details)), from.room, *after, {*limit, options_.limit.page_bytes_max}, *at);
}

void gateway_state::on_state(ticket which, const result<storage::state_page>& page) {
  const auto asked = take(which, page);
  if (!asked) return;
  std::string body;
  api::page_writer rows(body);
  for (const auto& each : page->rows) api::write_entity(rows.row(), each, parts(asked->shown));
  rows.close(page->more && !page->rows.empty() ? api::encode_cursor(api::listing::entities, page->rows.back().key) : std::string{},
             page->epoch, page->top);
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
  auto shown = fields_of(from);
  if (!shown) return refuse(from.responder, shown.error());
  pending details;
  details.shown = std::move(*shown);
  port_.read_stream(expect(from, std::move(details)), from.room, after, {*limit, options_.limit.page_bytes_max},
                    reverse && *reverse == "true");
}

void gateway_state::on_stream(ticket which, const result<storage::stream_page>& page) {
  const auto asked = take(which, page);
  if (!asked) return;
  std::string body;
  api::page_writer rows(body);
  for (const auto& each : page->publications) api::write_publication(rows.row(), *each, parts(asked->shown));
  const bool more = page->more && !page->publications.empty();
  rows.close(more ? api::encode_cursor(api::listing::history, std::to_string(page->publications.back()->offset)) : std::string{},
             page->epoch, page->top);
  asked->responder->answer(json_response(std::move(body)));
}

// Entities of all rooms.
void gateway_state::find_entities(call& from) {
  const auto limit = limit_of(from);
  if (!limit) return refuse(from.responder, limit.error());
  auto filters = filters_of(from);
  if (filters.empty()) return refuse(from.responder, {errc::bad_request, "at least one of type, source and state is needed"});
  auto shown = fields_of(from);
  if (!shown) return refuse(from.responder, shown.error());
  std::string room;
  std::string key;
  if (const auto* cursor = from.target.find("cursor")) {
    const auto place = api::decode_cursor(api::listing::found, *cursor);
    if (!place) return refuse(from.responder, place.error());
    const auto end = place->find('\n');
    if (end == std::string::npos) return refuse(from.responder, {errc::bad_request, "the cursor is not one that this listing gave"});
    room = place->substr(0, end);
    key = place->substr(end + 1);
  }
  pending details;
  details.shown = std::move(*shown);
  details.may = from.may;
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
    for (const auto& each : page->rows) api::write_entity(rows.row(), each.document, parts(asked->shown));
    rows.close(page->more ? api::encode_cursor(api::listing::entities, page->after_key) : std::string{}, page->epoch, page->top);
  } else {
    for (const auto& each : page->rows)
      if (may(options_, asked->may, room_action::subscribe, each.room))
        api::write_entity_of(rows.row(), each.room, each.document, parts(asked->shown));
    rows.close(page->more ? api::encode_cursor(api::listing::found, page->after_room + '\n' + page->after_key) : std::string{});
  }
  asked->responder->answer(json_response(std::move(body)));
}

}  // namespace tidewire
