#include "schemas/statistics/publish_ways.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>

namespace tidewire {

namespace {

struct times {
  std::size_t first_place = 0;  // on a way: sorts what is met
  std::vector<std::uint64_t> waited;
  std::vector<std::uint64_t> handler;
};

void add_step(std::string& steps, std::string_view step) {
  if (!steps.empty() && steps.ends_with(step)) return;  // a batch does the same for many, one after the other
  steps.append(steps.empty() ? "" : ", ").append(step);
}

}  // namespace

std::vector<std::vector<publish_stop>> ways_of(const publish_record& of) {
  std::vector<std::vector<publish_stop>> ways(of.publishes.size());
  for (const auto& each : of.slices) {
    for (const auto& made : each.passages) {
      auto& way = ways[made.publish];
      if (way.empty() || way.back().in != &each) way.push_back({&each, made.at_ns, {}});
      add_step(way.back().steps, made.step);
    }
  }
  for (auto& way : ways) std::ranges::stable_sort(way, {}, &publish_stop::at_ns);
  return ways;
}

std::uint64_t quantile_of(std::vector<std::uint64_t>& values, double share) {
  if (values.empty()) return 0;
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
  const auto place = values.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(rank, 1) - 1);
  std::ranges::nth_element(values, place);
  return *place;
}

std::vector<publish_spending> spending_of(const std::vector<std::vector<publish_stop>>& ways) {
  std::map<std::string, times> sorts;
  for (const auto& way : ways) {
    for (std::size_t i = 0; i < way.size(); ++i) {
      const auto& in = *way[i].in;
      auto& mine = sorts[in.kind + ": " + way[i].steps];
      if (mine.handler.empty() || i < mine.first_place) mine.first_place = i;
      const auto before = i == 0 ? in.from_ns : way[i - 1].in->to_ns;
      mine.waited.push_back(in.from_ns > before ? in.from_ns - before : 0);
      mine.handler.push_back(in.to_ns - in.from_ns);
    }
  }
  std::vector<std::pair<std::size_t, publish_spending>> placed;
  for (auto& [what, mine] : sorts)
    placed.push_back({mine.first_place,
                      {what, mine.handler.size(), quantile_of(mine.waited, 0.5), quantile_of(mine.waited, 0.99),
                       quantile_of(mine.handler, 0.5), quantile_of(mine.handler, 0.99)}});
  std::ranges::stable_sort(placed, {}, &std::pair<std::size_t, publish_spending>::first);
  std::vector<publish_spending> all;
  for (auto& each : placed) all.push_back(std::move(each.second));
  return all;
}

}  // namespace tidewire
