// Who wants to know which children come and go.
#pragma once

#include <caf/fwd.hpp>
#include <cstdint>
#include <string>

namespace tidewire {

// Called on the thread of the supervisor it was given to, in the order of events: before anybody else can know the new handle, and
// before the supervisor acts on a death. A supervisor that is killed reports the death of all its children.
class supervision_observer {
 public:
  virtual ~supervision_observer() = default;
  virtual void child_started(const std::string& id, const caf::actor& handle, std::uint64_t incarnation) = 0;
  virtual void child_died(const std::string& id, std::uint64_t incarnation, const caf::error& reason) = 0;
};

}  // namespace tidewire
