#include "actors/store/reader.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>

namespace tidewire {

namespace {

template <class Row>
auto place_of(const Row& row) {
  if constexpr (std::is_same_v<Row, storage::named_room>)
    return std::tie(row.name);
  else
    return std::tie(row.room, row.document.key);
}

// Rooms live in one store or the other: what spans all rooms is merged in order.
template <class Row>
result<std::vector<Row>> merged(result<std::vector<Row>> one, result<std::vector<Row>> other, std::size_t rows_max) {
  if (!one) return one;
  if (!other) return other;
  std::vector<Row> all;
  all.reserve(one->size() + other->size());
  std::merge(std::make_move_iterator(one->begin()), std::make_move_iterator(one->end()), std::make_move_iterator(other->begin()),
             std::make_move_iterator(other->end()), std::back_inserter(all),
             [](const Row& left, const Row& right) { return place_of(left) < place_of(right); });
  if (all.size() > rows_max) all.resize(rows_max);
  return all;
}

struct answer_from {
  const storage::store& store;  // of the room's namespace
  const storage::store& other;

  void operator()(const load_room& r) const { r.reply->answer(store.room(r.room)); }
  void operator()(const load_entity& r) const { r.reply->answer(store.entity(r.room, r.key)); }
  void operator()(const load_dedupe& r) const { r.reply->answer(store.dedupe(r.room, r.scope, r.id)); }
  void operator()(const read_state& r) const { r.reply->answer(store.state(r.room, r.after, r.limit)); }
  void operator()(const read_stream& r) const { r.reply->answer(store.stream(r.room, r.after, r.limit, r.reverse)); }
  void operator()(const find_first_after& r) const { r.reply->answer(store.first_after(r.room, r.time_ms)); }
  void operator()(const list_rooms& r) const {
    r.reply->answer(merged(store.rooms(r.prefix, r.after, r.limit), other.rooms(r.prefix, r.after, r.limit), r.limit));
  }
  void operator()(const find_entities& r) const {
    r.reply->answer(merged(store.find(r.field, r.value, r.after_room, r.after_key, r.limit),
                           other.find(r.field, r.value, r.after_room, r.after_key, r.limit), r.limit.rows));
  }
};

}  // namespace

reader::reader(caf::actor_config& config, const storage::store& disk, const storage::store& memory)
    : actor_base(config, {.kind = "reader"}), disk_(disk), memory_(memory) {}

reader::behavior_type reader::make_behavior() {
  return {[this](const read_request_ptr& request) {
    const answer_from answer = request->memory ? answer_from{memory_, disk_} : answer_from{disk_, memory_};
    std::visit(answer, request->body);
  }};
}

}  // namespace tidewire
