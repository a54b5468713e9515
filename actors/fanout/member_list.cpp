#include "actors/fanout/member_list.hpp"

#include <cassert>
#include <utility>

namespace tidewire {

block_hold::block_hold(std::shared_ptr<member_block> held) : held_(std::move(held)) {
  held_->holds.fetch_add(1, std::memory_order_relaxed);
}

block_hold::~block_hold() {
  // Whoever reads zero afterwards may write: our reads are over by then.
  if (held_) held_->holds.fetch_sub(1, std::memory_order_release);
}

void member_list::add(subscriber_ptr who) {
  const auto block = who_.size() / block_members;
  if (block == blocks_.size()) blocks_.push_back(std::make_shared<member_block>());
  writable(block).outs.push_back(who->out);
  who_.push_back(std::move(who));
}

void member_list::remove(std::size_t position) {
  assert(position < who_.size());
  const auto last = who_.size() - 1;
  if (position != last) {
    writable(position / block_members).outs[position % block_members] = who_[last]->out;
    who_[position] = std::move(who_[last]);
  }
  who_.pop_back();
  if (last % block_members == 0) {
    blocks_.pop_back();
  } else {
    writable(last / block_members).outs.pop_back();
  }
}

void member_list::hold(std::vector<block_hold>& into) const {
  into.reserve(into.size() + blocks_.size());
  for (const auto& each : blocks_) into.emplace_back(each);
}

member_block& member_list::writable(std::size_t block) {
  auto& kept = blocks_[block];
  if (kept->holds.load(std::memory_order_acquire) != 0) {
    auto copy = std::make_shared<member_block>();
    copy->outs.reserve(kept->outs.size() + 1);
    copy->outs = kept->outs;
    kept = std::move(copy);
  }
  return *kept;
}

}  // namespace tidewire
