// Does for the journal what waits for the disk, so it runs on a thread of its own.
#pragma once

#include "actors/interfaces.hpp"
#include "actors/supervision/actor_base.hpp"

namespace tidewire {

class writer : public actor_base<writer_actor::base> {
 public:
  explicit writer(caf::actor_config& config);

  behavior_type make_behavior() override;
};

}  // namespace tidewire
