#include "actors/store/index_search.hpp"

#include <algorithm>
#include <iterator>
#include <ranges>
#include <tuple>
#include <utility>

#include "schemas/limit_hits.hpp"

namespace tidewire {

namespace {

constexpr std::size_t rows_a_look = 256;

auto place_of(const storage::indexed_entity& row) { return std::tie(row.room, row.document.key); }
auto place_of(const found_entities& page) { return std::tie(page.after_room, page.after_key); }

bool has(const entity_document& document, const index_filter& wanted) {
  return std::ranges::find(document.tags, std::pair(wanted.field, wanted.value)) != document.tags.end();
}

// A page of one moment of one store, on its way. The index finds those of the first filter; the others are looked at.
class search {
 public:
  search(const find_entities& asked, const storage::readable& moment) : asked_(asked), moment_(moment) {
    page_.after_room = asked.after_room.empty() ? asked.room : asked.after_room;
    page_.after_key = asked.after_key;
  }

  result<found_entities> run() {
    if (!asked_.room.empty()) {
      const auto record = moment_.room(asked_.room);
      if (!record) return tl::unexpected(record.error());
      if (*record) {
        page_.epoch = (*record)->epoch;
        page_.top = (*record)->top;
      }
    }
    auto room = page_.after_room;
    auto key = page_.after_key;
    for (;;) {
      auto rows = moment_.find(asked_.filters.front().field, asked_.filters.front().value, room, key,
                               {std::min(rows_a_look, asked_.looked_at_max - looked_at_), asked_.limit.bytes});
      if (!rows) return tl::unexpected(std::move(rows.error()));
      if (rows->empty()) return std::move(page_);
      std::tie(room, key) = place_of(rows->back());
      for (auto& row : *rows)
        if (!take(std::move(row))) return std::move(page_);
      if (exceeds<"filtered_rows_max">(looked_at_ >= asked_.looked_at_max)) {
        std::tie(page_.after_room, page_.after_key) = std::tie(room, key);
        page_.more = true;
        return std::move(page_);
      }
    }
  }

 private:
  // False: the page is full, or the room has no more.
  bool take(storage::indexed_entity row) {
    if (!asked_.room.empty() && row.room != asked_.room) return false;
    ++looked_at_;
    const auto others = std::ranges::subrange(asked_.filters.begin() + 1, asked_.filters.end());
    if (!std::ranges::all_of(others, [&](const auto& wanted) { return has(row.document, wanted); })) return true;
    const auto bytes = row.document.data.size();
    if (page_.rows.size() >= asked_.limit.rows || (!page_.rows.empty() && bytes_ + bytes > asked_.limit.bytes)) {
      page_.more = true;
      return false;
    }
    bytes_ += bytes;
    std::tie(page_.after_room, page_.after_key) = place_of(row);
    page_.rows.push_back(std::move(row));
    return true;
  }

  const find_entities& asked_;
  const storage::readable& moment_;
  found_entities page_;
  std::size_t looked_at_ = 0;
  std::size_t bytes_ = 0;
};

result<found_entities> search_in(const find_entities& asked, const storage::store& store) {
  const auto moment = store.at_once();
  return search(asked, *moment).run();
}

// What lies behind the place up to which both have looked has to wait.
found_entities joined(found_entities one, found_entities other, std::size_t rows_max) {
  found_entities all;
  std::ranges::merge(std::move(one.rows), std::move(other.rows), std::back_inserter(all.rows),
                     [](const auto& left, const auto& right) { return place_of(left) < place_of(right); });
  const found_entities* nearest = nullptr;
  for (const auto* each : {&one, &other})
    if (each->more && (nearest == nullptr || place_of(*each) < place_of(*nearest))) nearest = each;
  all.more = nearest != nullptr;
  if (nearest != nullptr) {
    std::tie(all.after_room, all.after_key) = place_of(*nearest);
    std::erase_if(all.rows, [&](const auto& row) { return place_of(all) < place_of(row); });
  }
  if (all.rows.size() > rows_max) {
    all.rows.resize(rows_max);
    std::tie(all.after_room, all.after_key) = place_of(all.rows.back());
    all.more = true;
  }
  return all;
}

}  // namespace

result<found_entities> found(const find_entities& asked, const storage::store& store, const storage::store& other) {
  auto here = search_in(asked, store);
  if (!here || !asked.room.empty()) return here;
  auto there = search_in(asked, other);
  if (!there) return there;
  return joined(std::move(*here), std::move(*there), asked.limit.rows);
}

}  // namespace tidewire
