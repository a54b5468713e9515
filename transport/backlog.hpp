// What one slow peer has missed, for each source of frames: see outbox::offer(). A plain data structure; most peers never need one.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "transport/application.hpp"

namespace tidewire::transport {

class backlog {
 public:
  bool empty() const noexcept { return sources_.empty(); }
  std::size_t size() const noexcept { return sources_.size(); }
  bool holds(std::string_view source) const noexcept {
    return std::ranges::any_of(sources_, [source](const entry& each) { return *each.what.source == source; });
  }
  // REQUIRES: !holds(*what.source).
  void add(missed what) { sources_.push_back({std::move(what), false}); }
  // See outbox::resume().
  void resume(std::string_view source, std::optional<std::uint64_t> up_to) {
    const auto found = std::ranges::find_if(sources_, [source](const entry& each) { return *each.what.source == source; });
    if (found == sources_.end()) return;
    if (up_to) {
      *found = {{found->what.source, *up_to}, false};
    } else {
      sources_.erase(found);
    }
  }
  // What was not taken before.
  std::vector<missed> take_news() {
    std::vector<missed> news;
    for (auto& each : sources_)
      if (!std::exchange(each.told, true)) news.push_back(each.what);
    return news;
  }

 private:
  struct entry {
    missed what;
    bool told = false;
  };
  std::vector<entry> sources_;
};

}  // namespace tidewire::transport
