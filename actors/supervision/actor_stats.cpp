#include "actors/supervision/actor_stats.hpp"

#include <functional>
#include <map>
#include <mutex>

namespace tidewire {
namespace {

struct registry {
  std::mutex guard;
  std::map<std::string, actor_kind, std::less<>> kinds;
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

}  // namespace tidewire
