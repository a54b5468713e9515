#include "tests/actors/session/stage.hpp"

#include <utility>

namespace tidewire::test {

session_stage::session_stage(server_options given)
    : options(std::move(given)), state({7, nullptr, {{}, "c7", {}, {}}, nullptr, protocol::dialect::json}, options, *this) {
  state.start();
}

server_options session_stage::anonymous() {
  server_options options;
  options.dev = true;
  return options;
}

server_options session_stage::guarded() {
  server_options options;
  options.token_hmac_secret = "secret";
  open_to_clients(options.namespaces.front());
  return options;
}

void open_to_clients(namespace_options& kept) {
  kept.allow_subscribe_for_client = kept.allow_subscribe_for_anonymous = true;
  kept.allow_history_for_client = kept.allow_presence_for_client = true;
}

void session_stage::connect() {
  hear(R"({"id":1,"connect":{}})");
  take();
}

void session_stage::go_live(std::uint32_t id, const std::string& channel, std::uint64_t broadcaster_start) {
  hear(R"({"id":)" + std::to_string(id) + R"(,"subscribe":{"channel":")" + channel + R"("}})");
  answer_live(broadcaster_start);
  take();
}

void session_stage::answer_published() { state.on_published(newest_, published{"e", {{5, false, false}}}); }

void session_stage::answer_live(std::uint64_t broadcaster_start) { state.on_step(newest_, subscribe_step{true, broadcaster_start, {}}); }

void session_stage::answer_page(protocol::subscribe_result page) { state.on_step(newest_, subscribe_step{false, 0, std::move(page)}); }

void session_stage::answer_step(failure why) { state.on_step(newest_, tl::unexpected(std::move(why))); }

void session_stage::advance(std::int64_t ms) {
  const auto until = steady_ms_ + ms;
  while (!timers_.empty() && *timers_.begin() <= until) {
    steady_ms_ = *timers_.begin();
    timers_.erase(timers_.begin());
    state.tick();
  }
  steady_ms_ = until;
}

lines session_stage::take() { return std::exchange(log_, {}); }

void session_stage::publish(ticket which, const std::string& room, publish_request request) {
  newest_ = which;
  const auto& what = request.operations.front();
  log_.push_back("publish " + room + (what.key ? " " + *what.key : "") +
                 (what.kind == operation_kind::remove ? " removed" : " " + what.data));
  published_.emplace(which, std::move(request));
}

void session_stage::subscribe(ticket which, const std::string& room, subscribe_request request) {
  newest_ = which;
  log_.push_back("subscribe " + room + " id=" + std::to_string(request.command_id));
  subscribed_.emplace(which, std::move(request));
}

void session_stage::resume(ticket which, const std::string& room, resume_request request) {
  newest_ = which;
  log_.push_back("resume " + room + " after=" + std::to_string(request.after) + " subscription=" + std::to_string(request.command_id));
}

void session_stage::detach(const std::string& room, std::string reply) {
  log_.push_back("detach " + room + (reply.empty() ? "" : " " + reply));
}

void session_stage::read_history(ticket which, const std::string& room, std::uint64_t after, storage::page_limit limit, bool reverse) {
  newest_ = which;
  log_.push_back("history " + room + " after=" + std::to_string(after) + " rows=" + std::to_string(limit.rows) +
                 (reverse ? " reverse" : ""));
}

void session_stage::ask_presence(ticket which, const std::string& room) {
  newest_ = which;
  log_.push_back("presence " + room);
}

void session_stage::ask_presence_stats(ticket which, const std::string& room) {
  newest_ = which;
  log_.push_back("stats " + room);
}

void session_stage::close(close_code code) { log_.push_back("close " + std::to_string(static_cast<unsigned>(code))); }

void session_stage::release(std::size_t messages) {
  released_ += messages;
  log_.push_back("release " + std::to_string(messages));
}

}  // namespace tidewire::test
