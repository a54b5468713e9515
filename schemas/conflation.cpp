#include "schemas/conflation.hpp"

#include <cassert>
#include <utility>

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

void conflation::add(change news) {
  if (!news.told->key) return;
  const auto offset = news.told->offset;
  assert(empty() || by_offset_.rbegin()->first < offset);
  bytes_ += news.told->data.size();
  const auto [at, fresh] = by_key_.try_emplace(*news.told->key, offset);
  if (!fresh) {
    const auto older = by_offset_.extract(at->second);
    bytes_ -= older.mapped().told->data.size();
    news = merged(older.mapped(), std::move(news));
    at->second = offset;
  }
  by_offset_.emplace_hint(by_offset_.end(), offset, std::move(news));
}

std::vector<change> conflation::take() {
  std::vector<change> all;
  all.reserve(by_offset_.size());
  for (auto& [offset, each] : by_offset_) all.push_back(std::move(each));
  by_offset_.clear();
  by_key_.clear();
  bytes_ = 0;
  return all;
}

}  // namespace tidewire
