// What every actor of one engine may rely on: its options, its stores, its I/O threads, and who holds which role now. Outlives all actors.
#pragma once

#include <atomic>
#include <caf/send.hpp>
#include <cstdint>
#include <memory>
#include <string_view>

#include "actors/interfaces.hpp"
#include "schemas/options.hpp"

namespace tidewire {

class role_table;
namespace transport {
class io_threads;
}

struct engine {
  const server_options& options;
  role_table& roles;
  storage::store& disk;
  storage::store& memory;
  transport::io_threads& io;
  std::atomic<generation> generations{0};

  generation next_generation() { return ++generations; }
  storage::store& store_of(bool in_memory) { return in_memory ? memory : disk; }

  // Whoever holds the role now. Null while it restarts: mail to nobody answers its replies "unavailable".
  directory_actor directory() const;
  journal_actor journal(bool in_memory) const;
  reader_actor reader(std::string_view room) const;
  broadcaster_actor broadcaster(std::string_view room) const;
  gateway_actor gateway() const;
};

inline bool in_memory(const namespace_options& options) noexcept { return options.kept == durability::memory; }

// To whoever holds a role: nothing happens if nobody does, and the replies in the mail say so.
template <class Handle, class... Parts>
void mail(const Handle& to, Parts&&... parts) {
  if (to) caf::anon_send(to, std::forward<Parts>(parts)...);
}

}  // namespace tidewire
