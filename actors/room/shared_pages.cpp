#include "actors/room/shared_pages.hpp"

#include <algorithm>
#include <vector>

#include "schemas/footprint.hpp"

namespace tidewire {

namespace {

constexpr std::int64_t unused_ms = 3'000;

std::size_t with_texts(const shared_pages::page& kept) { return kept.bytes + kept.rows.text_bytes(); }

}  // namespace

shared_pages::page_ptr shared_pages::put(const name& of, storage::state_page&& read) {
  page made{std::move(read.epoch), read.top, 0, {}, {}, 0, room_.port.steady_ms()};
  if (read.more && !read.rows.empty()) made.next = read.rows.back().key;
  std::vector<entity_ptr> rows;
  rows.reserve(read.rows.size());
  for (auto& row : read.rows) {
    made.newest = std::max(made.newest, row.version);
    made.bytes += bytes_of(row);
    rows.push_back(std::make_shared<const entity_document>(std::move(row)));
  }
  made.rows = std::move(rows);
  auto what = std::make_shared<const page>(std::move(made));
  pages_.insert_or_assign(of, kept{what, what->read_ms});
  make_room();
  return what;
}

shared_pages::page_ptr shared_pages::find(const name& of, std::uint64_t frozen) {
  const auto found = pages_.find(of);
  if (found == pages_.end() || found->second.what->top < frozen || found->second.what->epoch != room_.epoch) return nullptr;
  return use(found->second);
}

shared_pages::page_ptr shared_pages::find_fresh(const name& of) {
  const auto found = pages_.find(of);
  if (found == pages_.end() || found->second.what->epoch != room_.epoch) return nullptr;
  const auto& what = *found->second.what;
  const bool as_of_now = what.top >= room_.top;
  const bool recent = room_.port.steady_ms() - what.read_ms <= std::int64_t{room_.limit.shared_page_ms};
  return as_of_now || recent ? use(found->second) : nullptr;
}

shared_pages::page_ptr shared_pages::use(kept& found) const {
  found.used_ms = room_.port.steady_ms();
  return found.what;
}

// The texts of pages come later than the pages: this is when they are seen.
void shared_pages::make_room() {
  std::size_t bytes = 0;
  for (const auto& [of, each] : pages_) bytes += with_texts(*each.what);
  charge_.become(bytes);
  while (!pages_.empty() && (charge_.bytes() > room_.limit.shared_pages_bytes_max || charge_.full())) {
    const auto oldest = std::ranges::min_element(pages_, {}, [](const auto& each) { return each.second.used_ms; });
    charge_.subtract(with_texts(*oldest->second.what));
    pages_.erase(oldest);
  }
}

void shared_pages::tick() {
  const auto now = room_.port.steady_ms();
  std::erase_if(pages_, [&](const auto& each) { return now - each.second.used_ms >= unused_ms; });
  make_room();
}

void shared_pages::clear() {
  pages_.clear();
  charge_.become(0);
}

}  // namespace tidewire
