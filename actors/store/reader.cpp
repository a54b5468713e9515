#include "actors/store/reader.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "actors/store/index_search.hpp"

namespace tidewire {

namespace {

result<std::optional<storage::named_room>> named(const storage::readable& in, const std::string& room) {
  auto record = in.room(room);
  if (!record) return tl::unexpected(std::move(record.error()));
  if (!*record) return std::nullopt;
  const auto entities = in.entities(room);
  if (!entities) return tl::unexpected(entities.error());
  return storage::named_room{room, std::move(**record), *entities};
}

// Rooms live in one store or the other: a listing merges them in order.
result<std::vector<storage::named_room>> merged(result<std::vector<storage::named_room>> one,
                                                result<std::vector<storage::named_room>> other, std::size_t rows_max) {
  if (!one) return one;
  if (!other) return other;
  std::vector<storage::named_room> all;
  all.reserve(one->size() + other->size());
  std::ranges::merge(std::move(*one), std::move(*other), std::back_inserter(all), {}, &storage::named_room::name,
                     &storage::named_room::name);
  if (all.size() > rows_max) all.resize(rows_max);
  return all;
}

// A page of what both hold, in the order of ids.
result<dead_listing> listing(const storage::store& one, const storage::store& other, const std::string& after,
                             const storage::page_limit& limit) {
  auto page = one.list_dead(after, limit);
  if (!page) return tl::unexpected(std::move(page.error()));
  auto more = other.list_dead(after, limit);
  if (!more) return tl::unexpected(std::move(more.error()));
  // What lies behind the end of a page that is cut short has to wait for the rest of it.
  std::optional<std::string> end;
  for (const auto* each : {&*page, &*more})
    if (each->more && (!end || each->rows.back().id < *end)) end = each->rows.back().id;
  dead_listing all{{{}, end.has_value()}, {}};
  auto& rows = all.page.rows;
  std::ranges::merge(std::move(page->rows), std::move(more->rows), std::back_inserter(rows), {}, &storage::dead_record::id,
                     &storage::dead_record::id);
  if (end) rows.erase(std::ranges::upper_bound(rows, *end, {}, &storage::dead_record::id), rows.end());
  if (rows.size() > limit.rows) {
    rows.resize(limit.rows);
    all.page.more = true;
  }
  const auto kept = one.dead_kept();
  const auto also = other.dead_kept();
  all.kept = {kept.records + also.records, kept.bytes + also.bytes};
  return all;
}

struct answer_from {
  const storage::store& store;  // of the room's namespace
  const storage::store& other;
  const storage::store& disk;
  const storage::store& memory;
  listing_cache& listings;

  void operator()(const load_room& r) const { r.reply->answer(named(*store.at_once(), r.room)); }
  void operator()(const load_entity& r) const { r.reply->answer(store.entity(r.room, r.key)); }
  void operator()(const view_entity& r) const {
    if (r.at) return r.reply->answer(past_entity(r));
    auto record = store.room(r.room);
    if (!record) return r.reply->answer(fail(record.error().code, record.error().detail));
    auto document = store.entity(r.room, r.key);
    if (!document) return r.reply->answer(fail(document.error().code, document.error().detail));
    r.reply->answer(entity_view{*record ? (*record)->epoch : std::string{}, std::move(*document)});
  }
  void operator()(const load_dedupe& r) const { r.reply->answer(store.dedupe(r.room, r.scope, r.id)); }
  void operator()(const read_state& r) const {
    if (r.at || !r.listing) return r.reply->answer(r.at ? past_state(r) : store.state(r.room, r.after, r.limit));
    r.reply->answer(listed<storage::state_page>(
        r, [&](const auto& what, const auto& now) { return listings.find_state(what, now); },
        [&] { return store.state(r.room, r.after, r.limit); }));
  }
  void operator()(const read_states& r) const { r.reply->answer(store.states(r.prefix, r.after_room, r.after_key, r.limit)); }
  void operator()(const read_stream& r) const { r.reply->answer(store.stream(r.room, r.after, r.limit, r.reverse)); }
  void operator()(const find_first_after& r) const { r.reply->answer(store.first_after(r.room, r.time_ms)); }
  void operator()(const load_ages& r) const { r.reply->answer(store.ages(r.after, r.limit)); }
  void operator()(const load_note& r) const { r.reply->answer(store.note(r.name)); }
  void operator()(const load_due& r) const { r.reply->answer(store.due(r.after, r.now_ms, r.limit)); }
  void operator()(const find_dead& r) const {
    for (const bool in_memory : {false, true}) {
      auto found = (in_memory ? memory : disk).dead(r.id);
      if (!found) return r.reply->answer(fail(found.error().code, std::move(found.error().detail)));
      if (*found) return r.reply->answer(found_dead{std::move(**found), in_memory});
    }
    r.reply->answer(std::nullopt);
  }
  void operator()(const list_dead& r) const { r.reply->answer(listing(disk, memory, r.after, r.limit)); }
  void operator()(const tidewire::find_entities& r) const {
    if (r.room.empty()) return r.reply->answer(found(r, store, other));
    r.reply->answer(listed<found_entities>(
        r, [&](const auto& what, const auto& now) { return listings.find_entities(what, now); }, [&] { return found(r, store, other); }));
  }
  void operator()(const list_rooms& r) const {
    r.reply->answer(merged(store.rooms(r.prefix, r.after, r.limit), other.rooms(r.prefix, r.after, r.limit), r.limit));
  }

  // A page of a room: the one that is kept, if the room is where it was when that was read.
  template <class Page, class Request, class Find, class Read>
  result<Page> listed(const Request& r, Find find, Read read) const {
    const auto record = store.room(r.room);
    if (!record) return tl::unexpected(record.error());
    auto what = listing_cache::of(r);
    if (*record)
      if (const auto* kept = find(what, **record)) return *kept;
    auto page = read();
    if (page && !page->epoch.empty()) listings.put(std::move(what), *page);
    return page;
  }

  result<entity_view> past_entity(const view_entity& r) const {
    const auto moment = store.at_once();
    const auto record = moment->room(r.room);
    if (!record) return tl::unexpected(record.error());
    const auto offset = storage::offset_at(*moment, r.room, r.at->moment);
    if (!offset) return tl::unexpected(offset.error());
    auto document = storage::entity_at(*moment, r.room, r.key, *offset, r.at->publications_max);
    if (!document) return tl::unexpected(std::move(document.error()));
    return entity_view{(*record)->epoch, std::move(*document)};
  }

  result<storage::state_page> past_state(const read_state& r) const {
    const auto moment = store.at_once();
    const auto offset = storage::offset_at(*moment, r.room, r.at->moment);
    if (!offset) return tl::unexpected(offset.error());
    return storage::state_at(*moment, r.room, *offset, r.after, r.limit, r.at->publications_max);
  }
};

}  // namespace

reader::reader(caf::actor_config& config, const storage::store& disk, const storage::store& memory, memory_account& held)
    : actor_base(config, {.kind = "reader"}), disk_(disk), memory_(memory), listings_(held) {}

reader::behavior_type reader::make_behavior() {
  return {[this](const read_request_ptr& request) {
    const answer_from answer =
        request->memory ? answer_from{memory_, disk_, disk_, memory_, listings_} : answer_from{disk_, memory_, disk_, memory_, listings_};
    std::visit(answer, request->body);
  }};
}

}  // namespace tidewire
