#include "bench/load/scenarios/crowd.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>

#include "bench/load/core/clock.hpp"

namespace tidewire::load {
namespace {

constexpr std::size_t connecting_max = 256;
constexpr std::int64_t patience_ns = 30 * ns_per_s;

}  // namespace

crowd::crowd(const std::string& target, const dialect& speech, std::size_t payload_bytes, deliveries* account)
    : among_{loop_, resolve(target), speech, *this, payload_bytes, account} {}

client& crowd::add(role as, unsigned number, unsigned room) {
  return *clients_.emplace_back(std::make_unique<client>(among_, as, number, room));
}

void crowd::connect(std::string_view what, std::size_t first) {
  allow_connections(clients_.size());
  const auto wanted = clients_.size() - first;
  auto next = first;
  auto last_ready = now_ns();
  ready_ = 0;
  while (ready_ < wanted) {
    for (; next < clients_.size() && next - first - ready_ < connecting_max; ++next) at(next).connect();
    const auto before = ready_;
    turn(ns_per_s / 10);
    if (ready_ != before) {
      last_ready = now_ns();
      show_progress(std::string(what) + ": " + std::to_string(ready_) + " of " + std::to_string(wanted));
    } else if (now_ns() - last_ready > patience_ns) {
      throw std::runtime_error(std::string(what) + ": only " + std::to_string(ready_) + " of " + std::to_string(wanted) +
                               " connections are ready, and the server says nothing");
    }
  }
  end_progress();
}

void crowd::await_ends() {
  const auto open = [this] { return std::ranges::count_if(clients_, [](const auto& each) { return each->is_open(); }); };
  auto last_end = now_ns();
  for (auto left = open(), before = left; left > 0; before = left, left = open()) {
    loop_.turn(ns_per_s / 10);
    if (left != before) last_end = now_ns();
    if (now_ns() - last_end > patience_ns) throw std::runtime_error(std::to_string(left) + " connections are not closed");
  }
  ended_.clear();
}

void crowd::turn(std::int64_t wait_ns) {
  loop_.turn(wait_ns);
  complain_if_ended();
}

void crowd::complain_if_ended() const {
  if (ended_.empty()) return;
  std::string text;
  for (const auto& [why, count] : ended_) {
    if (!text.empty()) text += "; ";
    text += std::to_string(count) + " of " + std::to_string(clients_.size()) + " connections: " + why;
  }
  throw std::runtime_error(text);
}

void show_progress(const std::string& line) {
  static const bool is_terminal = ::isatty(STDERR_FILENO) == 1;
  if (is_terminal) std::fprintf(stderr, "\r\033[K%s", line.c_str());
}

void end_progress() { show_progress(""); }

}  // namespace tidewire::load
