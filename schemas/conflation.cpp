#include "schemas/conflation.hpp"

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
  const auto place = ++added_;
  bytes_ += news.told->data.size();
  const auto [at, fresh] = by_key_.try_emplace(*news.told->key, place);
  if (!fresh) {
    const auto older = in_order_.extract(at->second);
    bytes_ -= older.mapped().told->data.size();
    news = merged(older.mapped(), std::move(news));
    at->second = place;
  }
  in_order_.emplace_hint(in_order_.end(), place, std::move(news));
}

std::vector<change> conflation::take() {
  std::vector<change> all;
  all.reserve(in_order_.size());
  for (auto& [place, each] : in_order_) all.push_back(std::move(each));
  in_order_.clear();
  by_key_.clear();
  bytes_ = 0;
  return all;
}

}  // namespace tidewire
