#include "actors/tree.hpp"

#include <caf/actor_system.hpp>
#include <utility>

#include "actors/fanout/broadcaster.hpp"
#include "actors/gateway/gateway.hpp"
#include "actors/lifecycle/lifecycle.hpp"
#include "actors/operators/live_desk.hpp"
#include "actors/operators/operator_desk.hpp"
#include "actors/operators/session_desk.hpp"
#include "actors/presence/presence.hpp"
#include "actors/quarantine/quarantine.hpp"
#include "actors/store/journal.hpp"
#include "actors/store/reader.hpp"
#include "actors/store/writer.hpp"
#include "actors/world/directory.hpp"
#include "actors/world/expirer.hpp"
#include "actors/world/retention.hpp"
#include "actors/world/warm_up_actor.hpp"

namespace tidewire {

namespace {

using namespace std::chrono_literals;

// Among many independent children a few crashes are nobody's pattern.
constexpr restart_policy many_children{.strategy = restart_strategy::one_for_one, .max_restarts = 1'000};

// A branch ends when its own policy has given up, which takes it seconds each time because of the backoff below: a root that counts no
// longer than that would start it again for ever.
constexpr restart_policy few_branches{.strategy = restart_strategy::one_for_one, .max_restarts = 3, .period = 60s};

child_spec permanent(std::string_view id, std::function<caf::actor(const start_context&)> start) {
  child_spec spec;
  spec.id = id;
  spec.start = std::move(start);
  return spec;
}

template <class Actor, caf::spawn_options Options = caf::no_spawn_options, class... Args>
caf::actor spawn(const start_context& at, Args&&... args) {
  return caf::actor_cast<caf::actor>(at.system.spawn<Actor, Options>(std::forward<Args>(args)...));
}

supervisor_spec store_tree(engine& own) {
  supervisor_spec store{"store", {.strategy = restart_strategy::rest_for_one}, {}, {}};
  // The writer and the readers block, so each has a thread of its own.
  store.children.push_back(permanent(role::writer, [](const auto& at) { return spawn<writer, caf::detached>(at); }));
  store.children.push_back(permanent(role::journal, [&own](const auto& at) {
    return spawn<journal>(at, own.disk, own.options.limit, own.roles.ref<writer_actor>(role::writer));
  }));
  store.children.push_back(
      permanent(role::memory_journal, [&own](const auto& at) { return spawn<journal>(at, own.memory, own.options.limit); }));
  for (std::size_t i = 0; i < own.options.readers; ++i)
    store.children.push_back(
        permanent(role::reader(i), [&own](const auto& at) { return spawn<reader, caf::detached>(at, own.disk, own.memory, own.held); }));
  return store;
}

supervisor_spec world_tree(engine& own) {
  supervisor_spec rooms{std::string(role::rooms), many_children, {}, std::make_shared<room_observer>(own)};
  supervisor_spec world{"world", {}, {}, {}};
  world.children.push_back(permanent(role::directory, [&own](const auto& at) { return spawn<directory>(at, own); }));
  world.children.push_back(supervisor_child(std::move(rooms)));
  world.children.push_back(permanent(role::quarantine, [&own](const auto& at) { return spawn<quarantine>(at, own); }));
  world.children.push_back(permanent(role::expirer, [&own](const auto& at) { return spawn<expirer>(at, own, false); }));
  world.children.push_back(permanent(role::memory_expirer, [&own](const auto& at) { return spawn<expirer>(at, own, true); }));
  world.children.push_back(permanent(role::presence, [&own](const auto& at) { return spawn<presence>(at, own); }));
  world.children.push_back(permanent(role::lifecycle, [&own](const auto& at) { return spawn<lifecycle>(at, own); }));
  world.children.push_back(permanent(role::retention, [&own](const auto& at) { return spawn<retention>(at, own, false); }));
  world.children.push_back(permanent(role::memory_retention, [&own](const auto& at) { return spawn<retention>(at, own, true); }));
  world.children.push_back(permanent(role::warm_up, [&own](const auto& at) { return spawn<warm_up_rooms>(at, own); }));
  return world;
}

supervisor_spec fan_out_tree(engine& own) {
  supervisor_spec fan_out{"fan-out", {}, {}, {}};
  fan_out.children.push_back(permanent(role::broadcaster, [&own](const auto& at) {
    own.broadcaster_start = own.next_number();
    return spawn<broadcaster>(at, own, own.broadcaster_start.load());
  }));
  return fan_out;
}

supervisor_spec edge_tree(engine& own, gateway_state::find_file files) {
  supervisor_spec sessions{std::string(role::sessions), many_children, {}, {}};
  supervisor_spec edge{"edge", {}, {}, {}};
  edge.children.push_back(supervisor_child(std::move(sessions)));
  edge.children.push_back(
      permanent(role::gateway, [&own, files = std::move(files)](const auto& at) { return spawn<gateway>(at, own, files); }));
  return edge;
}

supervisor_spec operations_tree(engine& own) {
  supervisor_spec operations{"operations", {}, {}, {}};
  operations.children.push_back(permanent(role::operator_desk, [&own](const auto& at) { return spawn<operator_desk>(at, own); }));
  operations.children.push_back(permanent(role::session_desk, [&own](const auto& at) { return spawn<session_desk>(at, own); }));
  operations.children.push_back(permanent(role::live_desk, [&own](const auto& at) { return spawn<live_desk>(at, own); }));
  return operations;
}

}  // namespace

supervisor_spec engine_tree(engine& own, gateway_state::find_file files) {
  supervisor_spec root{"root", few_branches, {}, {}};
  for (auto& branch : {store_tree(own), world_tree(own), fan_out_tree(own), edge_tree(own, std::move(files)), operations_tree(own)}) {
    auto watched = branch;
    watched.observer =
        std::shared_ptr<supervision_observer>(std::shared_ptr<void>{}, &own.roles);  // keeps the roles; lives as long as the engine
    root.children.push_back(supervisor_child(std::move(watched)));
  }
  return root;
}

}  // namespace tidewire
