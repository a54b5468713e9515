#include "actors/pulse.hpp"

#include <algorithm>
#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <utility>

#include "actors/engine.hpp"

namespace tidewire {

const std::vector<std::string_view>& prompt_roles() {
  static const std::vector<std::string_view> roles{role::journal,    role::memory_journal,   role::directory, role::rooms,
                                                   role::quarantine, role::expirer,          role::presence,  role::memory_expirer,
                                                   role::retention,  role::memory_retention, role::lifecycle, role::broadcaster,
                                                   role::sessions,   role::gateway};
  return roles;
}

// CAF answers for every actor, in the turn of its mail, what kind it is: nothing has to be added to their interfaces.
std::string silent_actor(caf::actor_system& system, const role_table& roles, const std::vector<std::string_view>& asked,
                         std::chrono::steady_clock::time_point deadline) {
  using std::chrono::milliseconds;
  caf::scoped_actor self{system};
  const auto left = std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
  const auto patience = std::max(left, milliseconds(1));
  const auto ask = [&](const caf::actor& whom) {
    return self->request(whom, patience, caf::sys_atom::value, caf::get_atom::value, std::string("info"));
  };
  std::vector<std::pair<std::string_view, decltype(ask(caf::actor{}))>> open;
  for (const auto& role : asked)
    if (const auto actor = roles.find(role)) open.emplace_back(role, ask(actor));
  std::string silent;
  // Whatever comes back is an answer, also that the actor has died meanwhile.
  for (auto& [role, answer] : open)
    answer.receive([] {},
                   [&, name = role](const caf::error& why) {
                     if (why == caf::sec::request_timeout && silent.empty()) silent = name;
                   });
  return silent;
}

}  // namespace tidewire
