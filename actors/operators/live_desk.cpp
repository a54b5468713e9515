#include "actors/operators/live_desk.hpp"

#include <chrono>
#include <utility>

#include "actors/edge/log_views.hpp"
#include "actors/edge/overview.hpp"
#include "actors/supervision/log.hpp"
#include "actors/supervision/pending_reply.hpp"

namespace tidewire {

namespace {

// As the operators' listener shows it where nothing else is asked for.
constexpr auto tree_target = "/api/v1/tree";

// Takes the place of a peer that has asked for a page over HTTP.
class page_reader final : public transport::http_responder {
 public:
  explicit page_reader(reply_ptr<std::string> to) : to_(std::move(to)) {}

  void answer(transport::http_response response) override {
    to_->answer(response.status == 200 ? result<std::string>(std::move(response.body)) : fail(errc::unavailable));
  }
  void stream(transport::stream_terms, const transport::listener_maker&) override { to_->answer(fail(errc::internal)); }

 private:
  const reply_ptr<std::string> to_;
};

}  // namespace

live_desk::live_desk(caf::actor_config& config, engine& own)
    : actor_base(config, {.kind = "live-desk"}),
      own_(own),
      directory_(own.roles.ref<directory_actor>(role::directory)),
      broadcaster_(own.roles.ref<broadcaster_actor>(role::broadcaster)),
      operators_(own.roles.ref<operator_desk_actor>(role::operator_desk)) {}

live_desk::behavior_type live_desk::make_behavior() {
  state_.emplace(static_cast<live_port&>(*this));
  state_->start();
  return {
      [this](const std::string& room) { state_->on_watched(room); },
      [this](ticket which, const result<protocol::presence_stats_result>& stats) {
        state_->on_audience(which, stats ? std::optional<std::size_t>(stats->num_clients) : std::nullopt);
      },
      [this](ticket which, result<std::string>& document) {
        state_->on_content(which, document ? std::optional(std::move(*document)) : std::nullopt);
      },
      [this](ticket which, const result<published>&) { state_->on_published(which); },
      [this](tick_atom) { state_->on_tick(); },
  };
}

void live_desk::count_audience(ticket which, const std::string& room) {
  mail(broadcaster_, ask_presence_stats{room, make_reply<protocol::presence_stats_result>(this, which)});
}

void live_desk::publish(ticket which, const std::string& room, std::string document) {
  publish_request request;
  request.by_server = true;
  operation what;
  what.kind = operation_kind::set;
  what.data = std::move(document);
  request.operations.push_back(std::move(what));
  request.reply = make_reply<published>(this, which);
  mail(directory_, std::make_shared<const room_command>(room_command{room, std::move(request)}));
}

void live_desk::wake_after(std::uint32_t ms) { delayed_send(this, std::chrono::milliseconds(ms), tick_atom::value); }

std::optional<std::string> live_desk::content(ticket which, live_room of) {
  switch (of) {
    case live_room::overview: return overview_body(own_);
    case live_room::tree: ask_tree(which); break;
    case live_room::log: break;
  }
  return std::nullopt;
}

void live_desk::ask_tree(ticket which) {
  transport::http_request asked;
  asked.method = "GET";
  asked.target = tree_target;
  auto reader = std::make_shared<page_reader>(make_reply<std::string>(this, which));
  mail(operators_, std::make_shared<http_inbound>(http_inbound{std::move(asked), std::move(reader)}));
}

std::string live_desk::log_after(std::uint64_t& last) { return new_lines_body(last); }

std::uint64_t live_desk::last_line() const { return read_log({.after = 0, .max = 1}).last; }

}  // namespace tidewire
