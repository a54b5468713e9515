// One drain of the broadcaster on its way: ready frames, and for each I/O thread the members who get them. No allocation and no lock
// per delivery.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/fanout/audience.hpp"
#include "actors/fanout/fanout_port.hpp"
#include "schemas/frame.hpp"
#include "schemas/statistics/publish_trace.hpp"

namespace tidewire {

// The broadcaster fills it and posts it; from then on each I/O thread uses its own part and the frames, which no longer change.
class fanout_run {
 public:
  // `on_done` is called once, when the last part is delivered or dropped.
  fanout_run(std::size_t io_threads, std::function<void()> on_done) : parts_(io_threads), on_done_(std::move(on_done)) {}

  // `after` is the room's position before the frame.
  void add_frame(frame_ptr ready, std::uint64_t after = 0);
  // The members get the frames from number `first_frame` to the last one added. With a source, slow ones may miss them: see
  // outbox::offer().
  void add_receivers(const audience& to, std::size_t first_frame, transport::source_ptr source = nullptr);
  // The same for frames that slow ones do without: see outbox::spare().
  void add_spared_receivers(const audience& to, std::size_t first_frame);

  // Hears, in the job that delivers the frames of that thread and before them, that its subscription is over. So it is told if its client
  // is, whatever becomes of the broadcaster meanwhile.
  void add_ended(std::size_t thread, std::shared_ptr<subscription_listener> listener, std::string room);

  // Publications of that room are in its frames.
  void carry(std::string_view room, std::uint64_t first, std::uint64_t last) { publish_trace::take_along(traced_, room, first, last); }

  std::size_t size() const noexcept { return frames_.size(); }  // frames
  std::size_t bytes() const noexcept { return bytes_; }         // of all frames, each counted once

  // One job for each I/O thread that has receivers.
  static void post(const std::shared_ptr<fanout_run>& whole, fanout_port& port);

  // Free of threads.
  bool done() const noexcept { return parts_left_.load(std::memory_order_acquire) == 0; }
  bool met_closed() const noexcept { return met_closed_.load(std::memory_order_relaxed); }  // a receiver whose connection was over

 private:
  struct placed_frame {
    frame_ptr ready;
    std::uint64_t after;
  };
  struct delivery {
    std::size_t first_frame;
    std::size_t end_frame;
    std::size_t first_block;
    std::size_t end_block;
    transport::source_ptr source;  // null: nobody misses it
    bool spared;                   // slow ones do without
  };
  struct ended {
    std::shared_ptr<subscription_listener> listener;
    std::string room;
  };
  struct part {
    std::vector<ended> over;
    std::vector<delivery> deliveries;
    std::vector<block_hold> blocks;
  };

  void add(const audience& to, std::size_t first_frame, transport::source_ptr source, bool spared);
  void deliver(std::size_t thread);
  void push(const part& mine, const delivery& what);
  void finish(std::size_t thread);

  std::vector<placed_frame> frames_;
  std::size_t bytes_ = 0;
  std::vector<part> parts_;  // by I/O thread
  std::function<void()> on_done_;
  std::atomic<std::size_t> parts_left_{0};
  std::atomic<bool> met_closed_{false};
  publish_trace::load traced_;
};

}  // namespace tidewire
