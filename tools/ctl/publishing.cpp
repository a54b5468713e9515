#include "tools/ctl/publishing.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "schemas/api/uri.hpp"
#include "tools/ctl/session.hpp"

namespace tidewire::ctl {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t batch_items_max = 500;  // what servers take by default is more
constexpr std::size_t batch_bytes_max = 1'048'576;
constexpr std::size_t lane_items_max = 4 * batch_items_max;
constexpr std::size_t lane_bytes_max = 8 * batch_bytes_max;
constexpr auto answer_timeout = 60s;
constexpr auto first_pause = 50ms;
constexpr auto longest_pause = 2'000ms;

// Whether the server refused to talk to us, rather than what we said.
bool is_ours(errc code) { return code == errc::unauthorized || code == errc::token_expired || code == errc::method_not_allowed; }

}  // namespace

publishing::publishing(terms how) : how_(std::move(how)) {
  for (std::size_t i = 0; i < how_.connections; ++i) {
    auto& made = *lanes_.emplace_back(std::make_unique<lane>());
    made.server = std::make_unique<transport::http_client>(how_.server, answer_timeout);
    made.thread = std::thread([this, &made] { run(made); });
  }
}

publishing::~publishing() {
  stopped_ = true;
  static_cast<void>(finish());
}

bool publishing::add(published_line line) {
  auto& to = *lanes_[std::hash<std::string>{}(line.room) % lanes_.size()];
  std::unique_lock lock(to.mutex);
  to.changed.wait(lock, [&] { return stopped_ || (to.lines.size() < lane_items_max && to.bytes < lane_bytes_max); });
  if (stopped_) return false;
  to.bytes += line.operation.size();
  to.lines.push_back(std::move(line));
  lock.unlock();
  to.changed.notify_all();
  return true;
}

result<void> publishing::finish() {
  for (auto& each : lanes_) {
    {
      const std::lock_guard lock(each->mutex);
      each->ended = true;
    }
    each->changed.notify_all();
  }
  for (auto& each : lanes_)
    if (each->thread.joinable()) each->thread.join();
  const std::lock_guard lock(mutex_);
  if (why_) return tl::unexpected(*why_);
  return {};
}

void publishing::run(lane& of) {
  for (auto lines = take(of); !lines.empty(); lines = take(of)) {
    // A request is for one room; among those of a room the order stays.
    std::stable_sort(lines.begin(), lines.end(), [](const auto& left, const auto& right) { return left.room < right.room; });
    for (auto from = lines.begin(); from != lines.end() && !stopped_;) {
      const auto to = std::find_if(from, lines.end(), [&](const auto& each) { return each.room != from->room; });
      publish(*of.server, {from, to});
      from = to;
    }
  }
}

// A batch; empty at the end.
std::vector<published_line> publishing::take(lane& of) {
  std::unique_lock lock(of.mutex);
  of.changed.wait(lock, [&] { return stopped_ || of.ended || !of.lines.empty(); });
  std::vector<published_line> taken;
  if (stopped_) return taken;
  for (std::size_t bytes = 0; !of.lines.empty() && taken.size() < batch_items_max && bytes < batch_bytes_max;) {
    bytes += of.lines.front().operation.size();
    of.bytes -= of.lines.front().operation.size();
    taken.push_back(std::move(of.lines.front()));
    of.lines.pop_front();
  }
  lock.unlock();
  of.changed.notify_all();
  return taken;
}

void publishing::publish(transport::http_client& server, std::span<const published_line> lines) {
  if (stopped_) return;
  const auto sent = send(server, lines);
  if (sent) {
    applied_ += lines.size();
    return;
  }
  if (is_ours(sent.error().code) || is_temporary(sent.error().code)) return give_up(sent.error());
  if (lines.size() > 1 && sent.error().code != errc::permission_denied) {
    publish(server, lines.first(lines.size() / 2));
    return publish(server, lines.subspan(lines.size() / 2));
  }
  for (const auto& each : lines) {
    {
      const std::lock_guard lock(mutex_);
      if (stopped_) return;
      ++refused_;
      how_.on_refused(each.number, sent.error());
    }
    if (!how_.keep_going)
      give_up({sent.error().code, "stopped at line " + std::to_string(each.number) + "; --keep-going leaves out what is refused"});
  }
}

// Until the server has applied it or refused it for good.
result<void> publishing::send(transport::http_client& server, std::span<const published_line> lines) {
  transport::client_request request{"POST", "/api/v1/rooms/" + api::percent_encode(lines.front().room) + "/events", "application/json",
                                    "["};
  for (const auto& each : lines) {
    if (request.body.size() > 1) request.body += ',';
    request.body += each.operation;
  }
  request.body += ']';
  if (!how_.token.empty()) request.headers.push_back({"authorization", "Bearer " + how_.token});

  const auto until = std::chrono::steady_clock::now() + how_.patience;
  for (std::chrono::milliseconds pause = first_pause;; pause = std::min<std::chrono::milliseconds>(2 * pause, longest_pause)) {
    auto answer = ask(server, request);
    if (answer) return {};
    if (!is_temporary(answer.error().code) || std::chrono::steady_clock::now() + pause > until || stopped_)
      return tl::unexpected(std::move(answer.error()));
    std::this_thread::sleep_for(pause);
  }
}

void publishing::give_up(failure why) {
  {
    const std::lock_guard lock(mutex_);
    if (!why_) why_ = std::move(why);
    stopped_ = true;
  }
  for (auto& each : lanes_) {
    const std::lock_guard lock(each->mutex);
    each->changed.notify_all();
  }
}

}  // namespace tidewire::ctl
