#include "actors/fanout/fanout_run.hpp"

#include <cassert>
#include <span>
#include <utility>

namespace tidewire {

void fanout_run::add_frame(frame_ptr ready, std::uint64_t after) {
  bytes_ += ready->bytes.size();
  frames_.push_back({std::move(ready), after});
}

void fanout_run::add_receivers(const audience& to, std::size_t first_frame, transport::source_ptr source) {
  add(to, first_frame, std::move(source), false);
}

void fanout_run::add_spared_receivers(const audience& to, std::size_t first_frame) { add(to, first_frame, nullptr, true); }

void fanout_run::add(const audience& to, std::size_t first_frame, transport::source_ptr source, bool spared) {
  assert(first_frame < frames_.size());
  assert(to.by_thread.size() == parts_.size());
  for (std::size_t thread = 0; thread < parts_.size(); ++thread) {
    const auto& members = to.by_thread[thread];
    if (members.size() == 0) continue;
    auto& mine = parts_[thread];
    const auto first_block = mine.blocks.size();
    members.hold(mine.blocks);
    mine.deliveries.push_back({first_frame, frames_.size(), first_block, mine.blocks.size(), source, spared});
  }
}

void fanout_run::add_ended(std::size_t thread, std::shared_ptr<subscription_listener> listener, std::string room) {
  parts_[thread].over.push_back({std::move(listener), std::move(room)});
}

void fanout_run::post(const std::shared_ptr<fanout_run>& whole, fanout_port& port) {
  std::vector<std::size_t> threads;
  for (std::size_t thread = 0; thread < whole->parts_.size(); ++thread) {
    if (!whole->parts_[thread].deliveries.empty()) threads.push_back(thread);
  }
  assert(!threads.empty());
  whole->parts_left_.store(threads.size(), std::memory_order_relaxed);
  for (const auto thread : threads) {
    // The last copy of the job finishes the part, whether it ran or was dropped: the credit never gets lost.
    const std::shared_ptr<fanout_run> mine(whole.get(), [whole, thread](fanout_run* run) { run->finish(thread); });
    port.post(thread, [mine, thread] { mine->deliver(thread); });
  }
}

void fanout_run::deliver(std::size_t thread) {
  const publish_trace::job traced(traced_, "outbox", "queue");
  for (const auto& [listener, room] : parts_[thread].over) listener->subscription_ended(room);  // before the client can come back
  for (const auto& each : parts_[thread].deliveries) push(parts_[thread], each);
}

void fanout_run::push(const part& mine, const delivery& what) {
  const auto frames = std::span(frames_).subspan(what.first_frame, what.end_frame - what.first_frame);
  for (auto block = what.first_block; block < what.end_block; ++block) {
    for (const auto& out : mine.blocks[block].outs()) {
      if (out->closed()) {
        met_closed_.store(true, std::memory_order_relaxed);
        continue;
      }
      for (const auto& [ready, after] : frames) {
        if (what.source) {
          out->offer(ready, what.source, after);
        } else {
          what.spared ? out->spare(ready) : out->push(ready);
        }
      }
    }
  }
}

void fanout_run::finish(std::size_t thread) {
  parts_[thread].blocks.clear();
  parts_[thread].over.clear();
  if (parts_left_.fetch_sub(1, std::memory_order_acq_rel) == 1) on_done_();
}

}  // namespace tidewire
