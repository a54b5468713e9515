#include "actors/store/writer.hpp"

#include <utility>

#include "actors/store/journal_state.hpp"

namespace tidewire {

writer::writer(caf::actor_config& config) : actor_base(config, {.kind = "writer"}) {}

writer::behavior_type writer::make_behavior() {
  return {[this](const journal_work_ptr& work) {
    work->state->run(std::move(work->tasks), clock().now());
    work->reply->answer(journal_done{});
  }};
}

}  // namespace tidewire
