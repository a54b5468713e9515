#include "actors/store/listing_cache.hpp"

#include <type_traits>

#include "schemas/footprint.hpp"

namespace tidewire {

namespace {

constexpr std::size_t overhead = 256;  // of a page: the places in the containers

std::size_t bytes_of_row(const entity_document& row) { return bytes_of(row); }
std::size_t bytes_of_row(const storage::indexed_entity& row) { return row.room.capacity() + bytes_of(row.document); }

template <class Page>
std::size_t bytes_of_page(const Page& page) {
  std::size_t bytes = 0;
  for (const auto& row : page.rows) bytes += bytes_of_row(row);
  return bytes;
}

}  // namespace

listing_cache::question listing_cache::of(const read_state& asked) {
  return {asked.room, asked.after, asked.limit.rows, asked.limit.bytes};
}

listing_cache::question listing_cache::of(const tidewire::find_entities& asked) {
  question what{asked.room, asked.after_key, asked.limit.rows, asked.limit.bytes};
  for (const auto& each : asked.filters)
    for (const auto* part : {&each.field, &each.value}) what.filters.append(std::to_string(part->size())).append(":").append(*part);
  return what;
}

template <class Page>
const Page* listing_cache::find(const question& what, const storage::room_record& now) {
  const auto found = pages_.find(what);
  const Page* page = found == pages_.end() ? nullptr : std::get_if<Page>(&found->second.page);
  if (page != nullptr && (page->top != now.top || page->epoch != now.epoch)) page = nullptr;
  counters_.count(cache_type::page, cache_level::memory, page != nullptr);
  if (page != nullptr) uses_.splice(uses_.begin(), uses_, found->second.use);
  return page;
}

template const storage::state_page* listing_cache::find(const question&, const storage::room_record&);
template const found_entities* listing_cache::find(const question&, const storage::room_record&);

template <class Page>
void listing_cache::keep(question&& what, Page&& page, std::size_t bytes) {
  if (const auto old = pages_.find(what); old != pages_.end()) drop(old);
  bytes += overhead + what.room.size() + what.after.size() + what.filters.size();
  if (bytes > bytes_max) return;
  const auto place = pages_.try_emplace(std::move(what), kept{std::forward<Page>(page), bytes, {}}).first;
  uses_.push_front(&place->first);
  place->second.use = uses_.begin();
  charge_.add(bytes);
  while (!uses_.empty() && (charge_.bytes() > bytes_max || charge_.full())) drop(pages_.find(*uses_.back()));
}

void listing_cache::put(question what, storage::state_page page) {
  const auto bytes = bytes_of_page(page);
  keep(std::move(what), std::move(page), bytes);
}

void listing_cache::put(question what, found_entities page) {
  const auto bytes = bytes_of_page(page);
  keep(std::move(what), std::move(page), bytes);
}

void listing_cache::drop(std::map<question, kept>::iterator which) {
  charge_.subtract(which->second.bytes);
  uses_.erase(which->second.use);
  pages_.erase(which);
}

}  // namespace tidewire
