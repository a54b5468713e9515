#include "storage/entity_count.hpp"

#include <charconv>
#include <string>

#include "storage/keys.hpp"

namespace tidewire::storage {

namespace {

constexpr std::string_view row_prefix = "entities/";
constexpr std::size_t rooms_per_batch = 10'000;

std::string row_of(std::string_view room) { return std::string(row_prefix) + std::string(room); }

}  // namespace

result<std::uint64_t> read_entity_count(const kv_view& view, std::string_view room) {
  const auto row = view.get(family::meta, row_of(room));
  if (!row) return tl::unexpected(row.error());
  if (!*row) return 0;
  std::uint64_t count = 0;
  const auto& text = **row;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || end != text.data() + text.size())
    return fail(errc::internal, "the stored number of entities of room '" + std::string(room) + "' is malformed");
  return count;
}

void put_entity_count(kv_batch& batch, std::string_view room, std::uint64_t count) {
  count == 0 ? batch.erase(family::meta, row_of(room)) : batch.put(family::meta, row_of(room), std::to_string(count));
}

result<void> count_entities(kv& db) {
  const auto view = db.view();
  auto batch = db.batch();
  std::string room;
  std::uint64_t count = 0;
  std::size_t waiting = 0;
  const auto end_room = [&] {
    if (count != 0) put_entity_count(*batch, room, count);
    count = 0;
  };
  const auto rows = view->scan(family::state, {});
  for (; rows->valid(); rows->next()) {
    auto row = keys::read_room_and_key(rows->key());
    if (!row) return fail(errc::internal, "a stored state row is malformed");
    if (row->room != room) {
      end_room();
      room = std::move(row->room);
      if (++waiting == rooms_per_batch) {
        if (auto written = db.write(*batch, false); !written) return written;
        batch = db.batch();
        waiting = 0;
      }
    }
    ++count;
  }
  if (auto ended = rows->status(); !ended) return ended;
  end_room();
  return db.write(*batch, false);
}

}  // namespace tidewire::storage
