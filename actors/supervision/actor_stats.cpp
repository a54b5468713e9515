#include "actors/supervision/actor_stats.hpp"

#include <functional>
#include <map>
#include <mutex>

namespace tidewire {
namespace {

struct registry {
  std::mutex guard;
  std::map<std::string, actor_kind, std::less<>> kinds;
  std::map<std::string, std::atomic<std::uint64_t>, std::less<>> restarts;
};

registry& the_registry() {
  static registry instance;
  return instance;
}

}  // namespace

actor_kind& actor_kind_of(std::string_view name) {
  auto& all = the_registry();
  const std::scoped_lock lock(all.guard);
  auto found = all.kinds.find(name);
  if (found == all.kinds.end()) found = all.kinds.try_emplace(std::string(name), name).first;
  return found->second;
}

std::vector<const actor_kind*> actor_kinds() {
  auto& all = the_registry();
  const std::scoped_lock lock(all.guard);
  std::vector<const actor_kind*> kinds;
  kinds.reserve(all.kinds.size());
  for (const auto& [name, kind] : all.kinds) kinds.push_back(&kind);
  return kinds;
}

std::atomic<std::uint64_t>& actor_restarts_of(std::string_view supervisor) {
  auto& all = the_registry();
  const std::scoped_lock lock(all.guard);
  auto found = all.restarts.find(supervisor);
  if (found == all.restarts.end()) found = all.restarts.try_emplace(std::string(supervisor), 0).first;
  return found->second;
}

std::vector<std::pair<std::string_view, std::uint64_t>> actor_restarts() {
  auto& all = the_registry();
  const std::scoped_lock lock(all.guard);
  return {all.restarts.begin(), all.restarts.end()};
}

heavy_hitters& hot_actors() {
  static heavy_hitters instance;
  return instance;
}

}  // namespace tidewire
