// A supervision tree as data: what a supervisor starts, in which order, and what it does when a child ends.
#pragma once

#include <caf/actor.hpp>
#include <caf/fwd.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/supervision/restart_policy.hpp"
#include "actors/supervision/supervision_observer.hpp"

namespace tidewire {

struct start_context {
  caf::actor_system& system;
  const std::string& id;
  std::uint64_t incarnation;  // 1 for the first start under this supervisor, then counting up
};

struct child_spec {
  std::string id = {};  // unique among its siblings; in a role table it is the role
  restart_kind kind = restart_kind::permanent;

  // Spawns the child and returns its handle, on the supervisor's thread. Throwing or returning an empty handle is a crash at start.
  std::function<caf::actor(const start_context&)> start = {};

  // How long the child may take to end after it was asked to; then it is killed. Empty: as long as it needs.
  std::optional<std::chrono::milliseconds> shutdown_timeout{5'000};

  bool supervisor = false;  // it answers which_children: for those who draw the tree
};

struct supervisor_spec {
  std::string name = {};
  restart_policy policy = {};
  std::vector<child_spec> children = {};                // started in this order, stopped in reverse
  std::shared_ptr<supervision_observer> observer = {};  // optional
};

// A supervisor as the child of another one; it has the time it needs to stop its own children.
child_spec supervisor_child(supervisor_spec spec, restart_kind kind = restart_kind::permanent);

}  // namespace tidewire
