#include "actors/ops/leak_watch.hpp"

#include <algorithm>

namespace tidewire {

std::vector<leak_standing> leak_watch::read(std::int64_t now_ms, const std::vector<leak_reading>& readings) {
  std::vector<leak_standing> changed;
  if (begun_ms_ < 0) begun_ms_ = now_ms;
  if (now_ms - begun_ms_ >= std::int64_t{options_.window_s} * 1'000) {
    begun_ms_ = now_ms;
    for (auto& each : all_) {
      const bool before = each.stands.suspected;
      if (each.read) end_window(each);
      if (each.stands.suspected != before) changed.push_back(each.stands);
    }
  }
  for (const auto& reading : readings) {
    auto found = std::ranges::find(
        all_, reading.component, [](const component& each) -> auto& { return each.stands.component; });
    if (found == all_.end()) {
      all_.emplace_back().stands.component = reading.component;
      found = all_.end() - 1;
    }
    found->growth_min = reading.growth_min;
    found->stands.now = reading.value;
    found->least = found->read ? std::min(found->least, reading.value) : reading.value;
    found->read = true;
  }
  return changed;
}

std::vector<leak_standing> leak_watch::standings() const {
  std::vector<leak_standing> told;
  for (const auto& each : all_) told.push_back(each.stands);
  return told;
}

void leak_watch::end_window(component& of) const {
  auto& stands = of.stands;
  of.read = false;
  if (!of.based) {
    of.based = true;
    begin_anew(of, of.least);
  } else if (of.least > stands.peak) {
    stands.peak = of.least;
    ++stands.grown;
    of.level = 0;
  } else if (++of.level >= options_.windows || of.least < stands.baseline + (stands.peak - stands.baseline) / 2) {
    begin_anew(of, of.least);
  }
  stands.suspected = is_suspect(of);
}

void leak_watch::begin_anew(component& of, std::uint64_t at) const {
  of.stands.baseline = at;
  of.stands.peak = at;
  of.stands.grown = 0;
  of.level = 0;
}

bool leak_watch::is_suspect(const component& of) const {
  const auto growth = of.stands.peak - of.stands.baseline;
  const auto share = static_cast<double>(of.stands.baseline) * options_.growth_percent / 100;
  return of.stands.grown >= options_.windows && growth > of.growth_min && static_cast<double>(growth) > share;
}

}  // namespace tidewire
