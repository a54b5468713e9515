#include "schemas/limit_hits.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <string>

namespace tidewire {
namespace {

struct registry {
  std::mutex guard;
  std::map<std::string, std::atomic<std::uint64_t>, std::less<>> hits;
};

registry& the_registry() {
  static registry instance;
  return instance;
}

}  // namespace

std::atomic<std::uint64_t>& limit_hits_of(std::string_view limit) {
  auto& all = the_registry();
  const std::scoped_lock lock(all.guard);
  auto found = all.hits.find(limit);
  if (found == all.hits.end()) found = all.hits.try_emplace(std::string(limit), 0).first;
  return found->second;
}

std::vector<std::pair<std::string_view, std::uint64_t>> limit_hits() {
  auto& all = the_registry();
  const std::scoped_lock lock(all.guard);
  std::vector<std::pair<std::string_view, std::uint64_t>> hits;
  for (const auto& [name, count] : all.hits) hits.emplace_back(name, count.load(std::memory_order_relaxed));
  return hits;
}

}  // namespace tidewire
