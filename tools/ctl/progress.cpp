#include "tools/ctl/progress.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace tidewire::ctl {

namespace {

constexpr std::chrono::milliseconds pause{100};
constexpr std::uint64_t bar_width = 30;

}  // namespace

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::array<const char*, 5> units{"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < units.size(); ++unit) value /= 1024;
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
  return text;
}

std::string count_text(std::uint64_t count) {
  auto text = std::to_string(count);
  for (auto at = text.size(); at > 3;) text.insert(at -= 3, 1, ',');
  return text;
}

void progress::show(std::uint64_t done, std::uint64_t total, std::string_view text) {
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (!shown_ || now - last_ < pause) return;
  last_ = now;
  drawn_ = true;
  std::string line = "\r\x1b[K";
  if (total > 0) {
    const auto full = std::min(bar_width, done * bar_width / total);
    line.append(1, '[').append(full, '#').append(bar_width - full, '.').append("] ");
  }
  line.append(text);
  std::fwrite(line.data(), 1, line.size(), stderr);
  std::fflush(stderr);
}

void progress::clear() {
  const std::lock_guard lock(mutex_);
  if (!drawn_) return;
  drawn_ = false;
  last_ = {};
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
}

}  // namespace tidewire::ctl
