#include "actors/edge/emulation_table.hpp"

#include <array>
#include <cstdint>
#include <utility>

#include "actors/random.hpp"

namespace tidewire {

emulation_table::emulation_table() : node_(make_name()) {}

std::string emulation_table::make_name() {
  static constexpr char digits[] = "0123456789abcdef";
  std::string name;
  for (const auto octet : random_value<std::array<std::uint8_t, 16>>()) {
    name.push_back(digits[octet >> 4]);
    name.push_back(digits[octet & 0xFU]);
  }
  return name;
}

void emulation_table::add(const std::string& name, std::shared_ptr<session_link> link) {
  const std::lock_guard lock(guard_);
  links_.emplace(name, std::move(link));
}

void emulation_table::remove(const std::string& name) {
  const std::lock_guard lock(guard_);
  links_.erase(name);
}

std::shared_ptr<session_link> emulation_table::find(const std::string& name) const {
  const std::lock_guard lock(guard_);
  const auto found = links_.find(name);
  return found == links_.end() ? nullptr : found->second;
}

}  // namespace tidewire
