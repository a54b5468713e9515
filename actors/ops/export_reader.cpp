#include "actors/ops/export_reader.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "schemas/api/cursor.hpp"
#include "schemas/api/export_lines.hpp"
#include "schemas/json.hpp"
#include "schemas/limit_hits.hpp"
#include "schemas/names.hpp"

namespace tidewire {

namespace {

constexpr std::size_t rooms_looked_at_once = 100;
constexpr std::size_t page_rows_max = 2'000;

template <class T>
tl::unexpected<failure> pass_on(result<T>& failed) {
  return tl::unexpected(std::move(failed.error()));
}

}  // namespace

// Where a page goes on. Names and keys hold no control characters, so NUL stands between the parts.
struct export_reader::position {
  enum class phase : char { rooms = 'r', entities = 'e', history = 'h' };
  bool memory = false;
  phase does = phase::rooms;
  std::string room;          // the present one, or with `rooms` the last
  std::uint64_t offset = 0;  // that its lines are of
  std::uint64_t first = 1;   // of its history then
  std::string after;         // the last key, or the last offset

  std::string encode() const {
    std::string text{memory ? 'm' : 'd', static_cast<char>(does)};
    text.append(room).append(1, '\0').append(std::to_string(offset)).append(1, '\0').append(std::to_string(first)).append(1, '\0');
    return api::encode_cursor(api::listing::exports, text + after);
  }

  static result<position> decode(std::string_view cursor) {
    if (cursor.empty()) return position{};
    const auto text = api::decode_cursor(api::listing::exports, cursor);
    if (!text) return tl::unexpected(text.error());
    const auto refuse = [] { return fail(errc::bad_request, "this is no cursor of an export"); };
    if (text->size() < 2 || ((*text)[0] != 'm' && (*text)[0] != 'd')) return refuse();
    if ((*text)[1] != 'r' && (*text)[1] != 'e' && (*text)[1] != 'h') return refuse();
    std::array<std::string, 3> parts;
    auto rest = std::string_view(*text).substr(2);
    for (auto& part : parts) {
      const auto end = rest.find('\0');
      if (end == std::string_view::npos) return refuse();
      part = rest.substr(0, end);
      rest.remove_prefix(end + 1);
    }
    const auto offset = json_unsigned(parts[1]);
    const auto first = json_unsigned(parts[2]);
    if (!offset || !first) return refuse();
    return position{(*text)[0] == 'm', static_cast<phase>((*text)[1]), std::move(parts[0]), *offset, *first, std::string(rest)};
  }
};

// Fills a page until it is full.
struct export_reader::page_maker {
  export_page& page;
  std::size_t bytes_max;
  std::size_t rows = 0;

  bool full() const { return exceeds<"export_page_bytes_max">(page.lines.size() >= bytes_max) || rows >= page_rows_max; }
  storage::page_limit left() const { return {page_rows_max - rows, bytes_max - page.lines.size()}; }
  std::string& line() {
    ++rows;
    if (!page.lines.empty()) page.lines += ',';
    return page.lines;
  }
};

result<std::unique_ptr<export_reader>> export_reader::begin(export_order order, const server_options& options, const storage::store& disk,
                                                            const storage::store& memory) {
  if (order.at && order.at->offset && order.rooms.prefix)
    return fail(errc::bad_request, "an offset is one of a room: name the room, or give a time");
  auto frozen = disk.freeze(order.rooms, options.limit.export_copy_bytes_max);
  if (!frozen) return pass_on(frozen);
  return std::unique_ptr<export_reader>(new export_reader(std::move(order), options, memory, std::move(*frozen)));
}

result<export_page> export_reader::read(std::string_view from) {
  auto at = position::decode(from);
  if (!at) return pass_on(at);
  export_page page;
  page_maker maker{page, options_.limit.export_page_bytes_max};
  while (!maker.full()) {
    auto done = at->does == position::phase::rooms      ? next_room(*at, page)
                : at->does == position::phase::entities ? read_entities(*at, maker)
                                                        : read_history(*at, maker);
    if (!done) return pass_on(done);
    if (at->does == position::phase::rooms && at->room.empty() && at->memory) return page;  // behind the last room
  }
  page.next = at->encode();
  return page;
}

// Finds the next room to export and writes its line. Behind the last one of both stores the position has no room.
result<void> export_reader::next_room(position& at, export_page& into) {
  for (;;) {
    const auto listed = at.memory ? memory_.rooms(order_.rooms.name, at.room, rooms_looked_at_once) : [&]() {
      const auto view = disk_->look();
      return view ? (*view)->rooms(order_.rooms.name, at.room, rooms_looked_at_once)
                  : result<std::vector<storage::named_room>>(tl::unexpected(view.error()));
    }();
    if (!listed) return tl::unexpected(listed.error());
    for (const auto& each : *listed) {
      const auto& name = each.name;
      at.room = name;
      if (!wanted(name)) continue;
      auto view = at.memory ? freeze_in_memory(name) : disk_->look();
      if (!view) return pass_on(view);
      const auto kept = (*view)->room(name);
      if (!kept) return tl::unexpected(kept.error());
      if (!*kept) continue;  // an epoch in memory has ended meanwhile
      auto offset = order_.at ? storage::offset_at(**view, name, *order_.at) : result<std::uint64_t>((*kept)->top);
      if (!offset) return pass_on(offset);
      if (*offset == 0) continue;
      at.does = position::phase::entities;
      at.offset = *offset;
      at.first = (*kept)->first;
      at.after.clear();
      if (!into.lines.empty()) into.lines += ',';
      api::write_export_room(into.lines, name, (*kept)->epoch, *offset);
      return {};
    }
    if (!listed->empty()) continue;
    at.room.clear();
    if (at.memory) return {};
    at.memory = true;
  }
}

result<void> export_reader::read_entities(position& at, page_maker& into) {
  const auto view = look(at);
  if (!view) return tl::unexpected(view.error());
  const auto page = order_.at ? storage::state_at(**view, at.room, at.offset, at.after, into.left(), options_.limit.past_publications_max)
                              : (*view)->state(at.room, at.after, into.left());
  if (!page) return tl::unexpected(page.error());
  for (const auto& row : page->rows) {
    at.after = row.key;
    if (order_.history && row.version >= at.first) continue;  // it is in the history
    api::write_export_entity(into.line(), at.room, row);
  }
  if (page->more) return {};
  at.does = order_.history ? position::phase::history : position::phase::rooms;
  at.after = order_.history ? std::to_string(at.first - 1) : std::string{};
  return {};
}

result<void> export_reader::read_history(position& at, page_maker& into) {
  const auto view = look(at);
  if (!view) return tl::unexpected(view.error());
  const auto page = (*view)->stream(at.room, json_unsigned(at.after).value_or(0), into.left());
  if (!page) return tl::unexpected(page.error());
  bool more = page->more;
  for (const auto& each : page->publications) {
    more = more && each->offset < at.offset;
    if (each->offset > at.offset) break;
    at.after = std::to_string(each->offset);
    api::write_export_publication(into.line(), at.room, *each);
  }
  if (more) return {};
  at.does = position::phase::rooms;
  at.after.clear();
  return {};
}

// What the server keeps for itself comes only if it is asked for by name: nobody could publish it.
bool export_reader::wanted(std::string_view room) const {
  if (!order_.rooms.includes(room)) return false;
  return !order_.rooms.prefix || (!is_kept_by_server(room) && options_of(options_, room).serves == room_use::any);
}

result<std::unique_ptr<const storage::readable>> export_reader::look(const position& at) {
  if (!at.memory) return disk_->look();
  auto view = memory_room_ == at.room && kept_ ? kept_->look() : freeze_in_memory(at.room);
  if (!view || order_.at) return view;
  const auto record = (*view)->room(at.room);
  if (!record) return tl::unexpected(record.error());
  if (!*record || (*record)->top != at.offset)
    return fail(errc::no_longer_kept, "room '" + at.room + "' in memory has changed since this page was read first: begin anew");
  return view;
}

result<std::unique_ptr<const storage::readable>> export_reader::freeze_in_memory(const std::string& room) {
  auto kept = memory_.freeze({room, false}, options_.limit.export_copy_bytes_max);
  if (!kept) return pass_on(kept);
  memory_room_ = room;
  kept_ = std::move(*kept);
  return kept_->look();
}

}  // namespace tidewire
