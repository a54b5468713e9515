#include "actors/supervision/role_table.hpp"

#include <caf/send.hpp>
#include <utility>

#include "actors/supervision/supervisor_messages.hpp"

namespace tidewire {

caf::actor role_slot::handle() const {
  const std::scoped_lock lock(guard_);
  return handle_;
}

std::shared_ptr<role_slot> role_table::slot(std::string_view role) {
  const std::scoped_lock lock(guard_);
  auto found = slots_.find(role);
  if (found == slots_.end()) found = slots_.emplace(std::string(role), std::make_shared<role_slot>()).first;
  return found->second;
}

caf::actor role_table::find(std::string_view role) const {
  const std::scoped_lock lock(guard_);
  const auto found = slots_.find(role);
  return found == slots_.end() ? caf::actor{} : found->second->handle();
}

// Tells the subscribers under the lock, so that they hear the changes in order.
void role_table::change(const std::string& role, role_slot& slot, caf::actor handle) {
  slot.handle_ = std::move(handle);
  slot.version_.fetch_add(1, std::memory_order_release);
  for (auto next = slot.subscribers_.begin(); next != slot.subscribers_.end();) {
    if (const auto listener = caf::actor_cast<caf::actor>(next->second)) {
      caf::anon_send(listener, role_changed{role, slot.handle_});
      ++next;
    } else {
      next = slot.subscribers_.erase(next);
    }
  }
}

void role_table::child_started(const std::string& id, const caf::actor& handle, std::uint64_t) {
  const auto mine = slot(id);
  const std::scoped_lock lock(mine->guard_);
  change(id, *mine, handle);
}

void role_table::child_died(const std::string& id, std::uint64_t, const caf::error&) {
  const auto mine = slot(id);
  const std::scoped_lock lock(mine->guard_);
  change(id, *mine, {});
}

void role_table::subscribe(std::string_view role, const caf::actor& listener) {
  const auto mine = slot(role);
  const std::scoped_lock lock(mine->guard_);
  mine->subscribers_.insert_or_assign(listener.id(), listener.address());
  caf::anon_send(listener, role_changed{std::string(role), mine->handle_});
}

void role_table::unsubscribe(std::string_view role, const caf::actor& listener) {
  const auto mine = slot(role);
  const std::scoped_lock lock(mine->guard_);
  mine->subscribers_.erase(listener.id());
}

}  // namespace tidewire
