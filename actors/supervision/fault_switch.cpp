#include "actors/supervision/fault_switch.hpp"

#include <atomic>
#include <map>
#include <mutex>
#include <stdexcept>
#include <utility>

namespace tidewire::fault_switch {
namespace {

std::atomic<bool> enabled{false};

struct deadly_keys {
  std::mutex guard;
  std::map<std::pair<std::string, std::string>, std::uint32_t> times;  // kind and key → how often
};

deadly_keys& the_keys() {
  static deadly_keys instance;
  return instance;
}

}  // namespace

void enable() { enabled.store(true); }

bool arm(std::string_view kind, std::uint32_t messages) {
  if (!enabled.load()) return false;
  actor_kind_of(kind).faults.store(messages);
  return true;
}

bool take(actor_kind& kind) noexcept {
  auto left = kind.faults.load();
  while (left > 0 && !kind.faults.compare_exchange_weak(left, left - 1)) {}
  return left > 0;
}

bool arm(std::string_view kind, const std::string& key, std::uint32_t times) {
  if (!enabled.load()) return false;
  auto& all = the_keys();
  const std::scoped_lock lock(all.guard);
  all.times[{std::string(kind), key}] = times;
  any_key_armed.store(true);
  return true;
}

void strike(std::string_view kind, const std::string& key) {
  auto& all = the_keys();
  {
    const std::scoped_lock lock(all.guard);
    const auto found = all.times.find({std::string(kind), key});
    if (found == all.times.end() || found->second == 0) return;
    --found->second;
  }
  throw std::runtime_error("injected fault in " + std::string(kind) + " by " + key);
}

}  // namespace tidewire::fault_switch
