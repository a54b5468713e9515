// Actors of the store under the deterministic scheduler, and an ear that writes down what they answer.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "actors/interfaces.hpp"
#include "actors/supervision/pending_reply.hpp"
#include "tests/actors/supervision/stage.hpp"

namespace tidewire::test {

using lines = std::vector<std::string>;

// Hears answers, one line each: "<ticket>: <what came>".
class ear final : public caf::event_based_actor {
 public:
  ear(caf::actor_config& config, std::shared_ptr<lines> heard) : caf::event_based_actor(config), heard_(std::move(heard)) {}
  caf::behavior make_behavior() override;

 private:
  std::shared_ptr<lines> heard_;
};

class store_stage {
 public:
  template <class T>
  reply_ptr<T> reply(ticket which) {
    return make_reply<T>(caf::actor_cast<caf::actor>(ear_), which);
  }
  // Everything that is in a mailbox is handled; what was heard since the last call.
  lines hear();

  testing::stage on;

 private:
  std::shared_ptr<lines> heard_ = std::make_shared<lines>();
  caf::actor ear_ = on.spawn<ear>(heard_);
};

// `count` changes of a room without keys, the first at offset `first`.
storage::append changes(std::string room, std::uint64_t first, std::size_t count = 1, durability kept = durability::fsync);

}  // namespace tidewire::test
