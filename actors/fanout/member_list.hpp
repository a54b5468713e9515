// The members of one audience on one I/O thread. The broadcaster changes the list while jobs on that thread still read it, so it is
// kept in blocks: a block that some job holds is copied before a change, a free one is changed in place. A job thus sees
// the members of the moment it was made, and a change costs no more than one block, however many members there are.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "actors/messages.hpp"
#include "transport/application.hpp"

namespace tidewire {

struct member_block {
  std::vector<transport::outbox_ptr> outs;
  std::atomic<std::uint32_t> holds{0};
};

// A job's hold on a block: while it lives, the block does not change. Made by the broadcaster, read and dropped on any thread.
class block_hold {
 public:
  explicit block_hold(std::shared_ptr<member_block> held);
  block_hold(block_hold&&) noexcept = default;
  block_hold& operator=(block_hold&&) = delete;
  ~block_hold();

  std::span<const transport::outbox_ptr> outs() const noexcept { return held_->outs; }

 private:
  std::shared_ptr<member_block> held_;
};

// Used by the broadcaster alone. Positions are dense from 0.
class member_list {
 public:
  static constexpr std::size_t block_members = 256;

  std::size_t size() const noexcept { return who_.size(); }
  const subscriber& operator[](std::size_t position) const noexcept { return *who_[position]; }
  const subscriber_ptr& at(std::size_t position) const noexcept { return who_[position]; }

  // Takes the position size().
  void add(subscriber_ptr who);
  // The last member moves to that position, unless it was the last itself.
  void remove(std::size_t position);
  // Holds all blocks.
  void hold(std::vector<block_hold>& into) const;

 private:
  member_block& writable(std::size_t block);

  std::vector<std::shared_ptr<member_block>> blocks_;
  std::vector<subscriber_ptr> who_;
};

}  // namespace tidewire
