// The terminal as a screen: the one place that knows ncurses. From its beginning to its end nothing else may write to the terminal.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "tools/ctl/top_view.hpp"

namespace tidewire::ctl {

class top_screen {
 public:
  // Null unless standard input and output are a terminal that can be one.
  static std::unique_ptr<top_screen> open();
  ~top_screen();
  top_screen(const top_screen&) = delete;
  top_screen& operator=(const top_screen&) = delete;

  std::size_t width() const;
  std::size_t height() const;
  void show(const std::vector<top_line>& lines);
  // A key, if one comes within that time; `other` when the size has changed.
  std::optional<top_key> key(std::chrono::milliseconds at_most);

 private:
  explicit top_screen(void* terminal) : terminal_(terminal) {}

  void* const terminal_;  // ncurses' SCREEN
};

}  // namespace tidewire::ctl
