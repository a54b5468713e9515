#include "schemas/conflation.hpp"

#include <algorithm>
#include <utility>

#include "schemas/footprint.hpp"

namespace tidewire {
namespace {

// The newer one, as if it had replaced what the older one did.
change merged(const change& older, change newer) {
  newer.before = older.before;
  if (newer.told->tags_before == older.told->tags_before) return newer;
  auto told = std::make_shared<publication>(*newer.told);
  told->tags_before = older.told->tags_before;
  newer.told = std::move(told);
  return newer;
}

}  // namespace

void conflation::add(change news, std::size_t wire_bytes) {
  if (!news.told->key) return;
  const auto place = ++added_;
  const auto [at, fresh] = by_key_.try_emplace(*news.told->key, place);
  if (!fresh) {
    const auto older = in_order_.extract(at->second);
    bytes_ -= older.mapped().bytes;
    news = merged(older.mapped().what, std::move(news));
    at->second = place;
  }
  const auto bytes = std::max(bytes_of(news), wire_bytes);
  bytes_ += bytes;
  in_order_.emplace_hint(in_order_.end(), place, entry{std::move(news), bytes});
}

std::vector<change> conflation::take() {
  std::vector<change> all;
  all.reserve(in_order_.size());
  for (auto& [place, each] : in_order_) all.push_back(std::move(each.what));
  in_order_.clear();
  by_key_.clear();
  bytes_ = 0;
  return all;
}

}  // namespace tidewire
