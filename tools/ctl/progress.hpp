// A line on a terminal that says how far a command has come: nothing at all where nobody watches. Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace tidewire::ctl {

// "1.5 MiB".
std::string bytes_text(std::uint64_t bytes);
// "12,345".
std::string count_text(std::uint64_t count);

class progress {
 public:
  explicit progress(bool shown) : shown_(shown) {}
  ~progress() { clear(); }
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;

  // Draws a bar of done / total (none when total is 0) before the text, at most ten times a second.
  void show(std::uint64_t done, std::uint64_t total, std::string_view text);
  // Takes the line away, before something else is written.
  void clear();

 private:
  const bool shown_;
  std::mutex mutex_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point last_{};
};

}  // namespace tidewire::ctl
