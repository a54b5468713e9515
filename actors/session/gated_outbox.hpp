// The outbox of server-side subscriptions while their connection is not answered yet: what broadcasters push is held back, so that the
// reply to connect, which tells of all these subscriptions at once, comes before any publication of theirs.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "transport/application.hpp"

namespace tidewire {

class gated_outbox final : public transport::outbox {
 public:
  // Holds back `bytes_max` at most; a connection that would need more is closed as slow.
  gated_outbox(transport::outbox_ptr behind, std::size_t bytes_max) : behind_(std::move(behind)), bytes_max_(bytes_max) {}

  // Lets `first` and then everything held back go out, and from now on all that comes. On the home thread, once.
  void open(const frame_ptr& first) {
    open_ = true;
    behind_->push(first);
    for (const auto& each : std::exchange(held_, {})) behind_->push(each);
    behind_->flush();
  }

  std::size_t home() const noexcept override { return behind_->home(); }
  std::uint64_t id() const noexcept override { return behind_->id(); }
  bool closed() const noexcept override { return behind_->closed(); }
  framing form() const noexcept override { return behind_->form(); }

  void push(const frame_ptr& ready) override {
    if (open_) return behind_->push(ready);
    if (overfull_) return;
    held_bytes_ += ready->bytes.size();
    overfull_ = held_bytes_ > bytes_max_;
    if (!overfull_) return held_.push_back(ready);
    held_.clear();
    behind_->close(close_code::slow);
  }
  void offer(const frame_ptr& ready, const transport::source_ptr& source, std::uint64_t after) override {
    open_ ? behind_->offer(ready, source, after) : push(ready);
  }
  void spare(const frame_ptr& ready) override { open_ ? behind_->spare(ready) : push(ready); }
  void resume(const std::string& source, std::optional<std::uint64_t> up_to) override { behind_->resume(source, up_to); }
  void flush() override {
    if (open_) behind_->flush();
  }
  transport::peer_look standing() const override { return behind_->standing(); }
  std::string address() const override { return behind_->address(); }

  void send(frame_ptr ready) override { behind_->send(std::move(ready)); }
  void beat(frame_ptr ready) override { behind_->beat(std::move(ready)); }
  void close(close_code code) override { behind_->close(code); }
  void when_drained(std::function<void()> job) override { behind_->when_drained(std::move(job)); }
  void ask_progress(std::function<void(transport::peer_progress)> job) override { behind_->ask_progress(std::move(job)); }
  void release(std::size_t messages) override { behind_->release(messages); }

 private:
  const transport::outbox_ptr behind_;
  const std::size_t bytes_max_;
  // Of the home thread alone.
  bool open_ = false;
  bool overfull_ = false;
  std::size_t held_bytes_ = 0;
  std::vector<frame_ptr> held_;
};

}  // namespace tidewire
