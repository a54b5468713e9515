// Who plays which role right now; the role is the child's id, so the supervisors that share a table share no ids. Supervisors keep it (it
// is their observer); whoever needs another actor asks for its role each time, and so never keeps a handle across a death.
#pragma once

#include <atomic>
#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "actors/supervision/supervision_observer.hpp"

namespace tidewire {

// One role. Any thread.
class role_slot {
 public:
  // Changes whenever the handle does.
  std::uint64_t version() const noexcept { return version_.load(std::memory_order_acquire); }
  caf::actor handle() const;

 private:
  friend class role_table;

  mutable std::mutex guard_;
  std::atomic<std::uint64_t> version_{1};
  caf::actor handle_;
  std::map<caf::actor_id, caf::actor_addr> subscribers_;
};

// One role as one actor sees it: an atomic load while nothing changes. Belongs to one thread at a time.
template <class Handle = caf::actor>
class role_ref {
 public:
  role_ref() = default;
  explicit role_ref(std::shared_ptr<const role_slot> slot) : slot_(std::move(slot)) {}

  // Empty while nobody plays the role: what is sent to it then is dropped, and a reply in it answers "unavailable". Good until the
  // next call.
  const Handle& get() {
    if (!slot_) return handle_;
    if (const auto now = slot_->version(); now != seen_) {
      seen_ = now;
      handle_ = caf::actor_cast<Handle>(slot_->handle());
    }
    return handle_;
  }

 private:
  std::shared_ptr<const role_slot> slot_;
  std::uint64_t seen_ = 0;
  Handle handle_;
};

// Any thread.
class role_table final : public supervision_observer {
 public:
  void child_started(const std::string& id, const caf::actor& handle, std::uint64_t incarnation) override;
  void child_died(const std::string& id, std::uint64_t incarnation, const caf::error& reason) override;

  // Empty while nobody plays it.
  caf::actor find(std::string_view role) const;

  // Works before the role was ever played.
  template <class Handle = caf::actor>
  role_ref<Handle> ref(std::string_view role) {
    return role_ref<Handle>(slot(role));
  }

  // `listener` is sent role_changed at once with the present handle, and then at each change, in order. It is not kept alive.
  void subscribe(std::string_view role, const caf::actor& listener);
  void unsubscribe(std::string_view role, const caf::actor& listener);

 private:
  std::shared_ptr<role_slot> slot(std::string_view role);
  static void change(const std::string& role, role_slot& slot, caf::actor handle);

  mutable std::mutex guard_;
  std::map<std::string, std::shared_ptr<role_slot>, std::less<>> slots_;
};

}  // namespace tidewire
