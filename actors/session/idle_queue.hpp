// A first-in first-out queue that holds no memory while it is empty, as most are in an idle session (a std::deque keeps half a kilobyte).
#pragma once

#include <cassert>
#include <cstddef>
#include <utility>
#include <vector>

namespace tidewire {

template <class T>
class idle_queue {
 public:
  bool empty() const noexcept { return first_ == items_.size(); }
  void push(T item) { items_.push_back(std::move(item)); }
  const T& front() const noexcept { return items_[first_]; }
  T& back() noexcept { return items_.back(); }

  // REQUIRES: !empty().
  T pop() {
    assert(!empty());
    auto item = std::move(items_[first_++]);
    if (empty()) clear();
    return item;
  }

  void clear() noexcept {
    items_ = std::vector<T>();  // `= {}` would keep the memory
    first_ = 0;
  }

 private:
  std::vector<T> items_;
  std::size_t first_ = 0;  // the items before it are gone
};

}  // namespace tidewire
