#include "actors/operators/live_desk.hpp"

#include <chrono>
#include <utility>
#include <vector>

#include "actors/edge/actor_views.hpp"
#include "actors/edge/log_views.hpp"
#include "actors/edge/overview.hpp"
#include "actors/supervision/log.hpp"
#include "actors/supervision/pending_reply.hpp"
#include "schemas/access/operators.hpp"
#include "schemas/api/problem.hpp"
#include "schemas/api/uri.hpp"

namespace tidewire {

namespace {

// Takes the place of a peer that has asked over HTTP. What it is told when it asked for something wrong is told on.
class page_reader final : public transport::http_responder {
 public:
  explicit page_reader(reply_ptr<std::string> to) : to_(std::move(to)) {}

  void answer(transport::http_response response) override {
    to_->answer(response.status < 500 ? result<std::string>(std::move(response.body)) : fail(errc::unavailable));
  }
  void stream(transport::stream_terms, const transport::listener_maker&) override { to_->answer(fail(errc::internal)); }

 private:
  const reply_ptr<std::string> to_;
};

http_inbound_ptr inbound_of(const live_view& what, reply_ptr<std::string> reply) {
  transport::http_request asked;
  asked.method = "GET";
  asked.target = what.target;
  return std::make_shared<http_inbound>(http_inbound{std::move(asked), std::make_shared<page_reader>(std::move(reply))});
}

std::string body_or_problem(result<std::string> made) { return made ? std::move(*made) : api::problem_body(made.error()); }

// What can be told without asking an actor.
std::string body_of(const engine& own, const live_view& what) {
  if (what.of == live_room::overview) return overview_body(own);
  if (what.of == live_room::kinds) return actor_kinds_body();
  const auto asked = api::split_target(what.target);
  if (!asked) return api::problem_body(asked.error());
  return body_or_problem(what.of == live_room::hot ? hot_body(own, *asked) : actor_list_body(*asked));
}

}  // namespace

live_desk::live_desk(caf::actor_config& config, engine& own)
    : actor_base(config, {.kind = "live-desk"}),
      own_(own),
      directory_(own.roles.ref<directory_actor>(role::directory)),
      broadcaster_(own.roles.ref<broadcaster_actor>(role::broadcaster)),
      operators_(own.roles.ref<operator_desk_actor>(role::operator_desk)),
      sessions_(own.roles.ref<session_desk_actor>(role::session_desk)) {}

live_desk::behavior_type live_desk::make_behavior() {
  state_.emplace(static_cast<live_port&>(*this));
  state_->start();
  return {
      [this](const std::string& room) { state_->on_watched(room); },
      [this](ticket, const result<audience_overview>& seen) {
        if (!seen) return state_->on_found(std::nullopt);
        std::vector<std::string> rooms;
        for (const auto& each : seen->rooms) rooms.push_back(each.room);
        state_->on_found(rooms);
      },
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

void live_desk::find_watched() {
  const auto all = room_glob::of_stars(std::string(operators_namespace) + ":*");
  mail(broadcaster_, ask_audiences{all, make_reply<audience_overview>(this, 0)});
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

// Not here: this is a thread of the clients', and to look at all actors, or at the disk, takes its time.
void live_desk::look(ticket which, const live_view& what) {
  auto reply = make_reply<std::string>(this, which);
  if (what.of == live_room::tree) return mail(operators_, inbound_of(what, std::move(reply)));
  if (what.of == live_room::sessions) return mail(sessions_, inbound_of(what, std::move(reply)));
  own_.aside([&own = own_, what, reply = std::move(reply)] { reply->answer(body_of(own, what)); });
}

std::string live_desk::log_after(std::uint64_t& last) { return new_lines_body(last); }

std::uint64_t live_desk::last_line() const { return read_log({.after = 0, .max = 1}).last; }

}  // namespace tidewire
