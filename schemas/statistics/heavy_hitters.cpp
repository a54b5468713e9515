#include "schemas/statistics/heavy_hitters.hpp"

#include <algorithm>
#include <utility>

namespace tidewire {

// REQUIRES: guard_ is held.
void heavy_hitters::turn(std::int64_t steady_ms) const {
  const auto age = steady_ms - now_.begin_ms;
  if (age < window_ms_) return;
  before_ = age < 2 * window_ms_ ? std::exchange(now_, {}) : window{};
  now_ = {};
  now_.begin_ms = steady_ms;
}

void heavy_hitters::note(std::string_view name, std::uint64_t amount, std::int64_t steady_ms) {
  const std::scoped_lock lock(guard_);
  turn(steady_ms);
  now_.total += amount;
  auto& all = now_.entries;
  if (const auto found = std::ranges::find(all, name, &entry::name); found != all.end()) {
    found->amount += amount;
  } else if (all.size() < places_) {
    all.push_back({std::string(name), amount, 0});
  } else {
    // The least makes place, and its amount is what the new one may have had already.
    auto& least = *std::ranges::min_element(all, {}, &entry::amount);
    least = {std::string(name), least.amount + amount, least.amount};
  }
}

heavy_hitters::summary heavy_hitters::read(std::size_t max, std::int64_t steady_ms) const {
  const std::scoped_lock lock(guard_);
  turn(steady_ms);
  summary all{now_.entries, now_.total + before_.total, steady_ms - (before_.begin_ms != 0 ? before_.begin_ms : now_.begin_ms)};
  for (const auto& old : before_.entries) {
    const auto found = std::ranges::find(all.entries, old.name, &entry::name);
    if (found == all.entries.end()) {
      all.entries.push_back(old);
    } else {
      found->amount += old.amount;
      found->error += old.error;
    }
  }
  std::ranges::sort(all.entries,
                    [](const entry& a, const entry& b) { return a.amount != b.amount ? a.amount > b.amount : a.name < b.name; });
  if (all.entries.size() > max) all.entries.resize(max);
  return all;
}

}  // namespace tidewire
