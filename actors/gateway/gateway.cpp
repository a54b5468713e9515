#include "actors/gateway/gateway.hpp"

#include <chrono>
#include <utility>

#include "actors/supervision/pending_reply.hpp"
#include "schemas/statistics/publish_trace.hpp"

namespace tidewire {

namespace {

constexpr std::chrono::seconds tick_interval{1};

constexpr bool of_server_api(ticket which) noexcept { return server_api_state::owns(which); }

// Since the first gateway of the process.
std::uint64_t uptime_s() {
  static const auto since = std::chrono::steady_clock::now();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - since).count());
}

}  // namespace

gateway::gateway(caf::actor_config& config, engine& own, gateway_state::find_file files)
    : actor_base(config, {.kind = "gateway"}),
      own_(own),
      files_(std::move(files)),
      directory_(own.roles.ref<directory_actor>(role::directory)),
      broadcaster_(own.roles.ref<broadcaster_actor>(role::broadcaster)) {}

gateway::behavior_type gateway::make_behavior() {
  uptime_s();  // from now on
  state_ = std::make_unique<gateway_state>(own_.options, files_, static_cast<gateway_port&>(*this));
  server_api_ = std::make_unique<server_api_state>(own_.options, static_cast<server_api_port&>(*this));
  own_.roles.subscribe(role::broadcaster, caf::actor_cast<caf::actor>(this));
  delayed_send(this, tick_interval, tick_atom::value);
  return {
      [this](const http_inbound_ptr& inbound) {
        // The mail's own reference must not outlive the answer: whoever drops the responder last answers for a dead gateway.
        state_->on_request(inbound->request, std::exchange(inbound->responder, nullptr), inbound->as.get());
      },
      [this](ticket which, const result<published>& outcome) {
        publish_trace::answer(id(), which);
        of_server_api(which) ? server_api_->on_published(which, outcome) : state_->on_published(which, outcome);
      },
      [this](ticket which, const result<std::optional<storage::named_room>>& record) { state_->on_room(which, record); },
      [this](ticket which, const result<entity_view>& view) {
        of_server_api(which) ? server_api_->on_entity(which, view) : state_->on_entity(which, view);
      },
      [this](ticket which, const result<storage::state_page>& page) {
        of_server_api(which) ? server_api_->on_state(which, page) : state_->on_state(which, page);
      },
      [this](ticket which, const result<storage::stream_page>& page) {
        of_server_api(which) ? server_api_->on_stream(which, page) : state_->on_stream(which, page);
      },
      [this](ticket which, const result<found_entities>& page) { state_->on_found(which, page); },
      [this](ticket which, const result<std::vector<storage::named_room>>& rooms) { state_->on_rooms(which, rooms); },
      [this](ticket which, const result<protocol::presence_result>& clients) {
        of_server_api(which) ? server_api_->on_presence(which, clients) : state_->on_presence(which, clients);
      },
      [this](ticket which, const result<protocol::presence_stats_result>& stats) {
        of_server_api(which) ? server_api_->on_presence_stats(which, stats) : state_->on_presence_stats(which, stats);
      },
      [this](ticket which, const result<messaged>& outcome) { state_->on_messaged(which, outcome); },
      [this](ticket which, const result<audience_overview>& seen) { server_api_->on_audiences(which, seen); },
      [this](ticket which, const result<expelled>& outcome) { server_api_->on_expelled(which, outcome); },
      [this](const role_changed& change) {
        if (change.handle) own_.visit_sessions(own_.broadcaster_start.load());
      },
      [this](tick_atom) {
        state_->tick();
        server_api_->tick();
        delayed_send(this, tick_interval, tick_atom::value);
      },
  };
}

void gateway::drop_state() {
  own_.roles.unsubscribe(role::broadcaster, caf::actor_cast<caf::actor>(this));
  state_.reset();
  server_api_.reset();
}

std::int64_t gateway::now_s() const {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::int64_t gateway::steady_ms() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void gateway::note_refusal(errc why) {
  if (why == errc::too_many_requests) ++own_.at_doors.too_fast_callers;
  count_refusal(own_.at_doors, why);
}

void gateway::publish(ticket which, const std::string& room, publish_request request) {
  request.reply = make_reply<published>(this, which);
  const auto command = std::make_shared<const room_command>(room_command{room, std::move(request)});
  publish_trace::begin(command, room, id(), which);
  mail(directory_, command);
}

template <class Request, class Answer>
void gateway::ask_reader(ticket which, const std::string& room, Request request) {
  request.reply = make_reply<Answer>(this, which);
  auto reader = own_.reader_of(room);
  mail(reader, std::make_shared<const read_request>(read_request{in_memory(options_of(own_.options, room)), std::move(request)}));
}

void gateway::load_room(ticket which, const std::string& room) {
  ask_reader<tidewire::load_room, std::optional<storage::named_room>>(which, room, {room, nullptr});
}

void gateway::view_entity(ticket which, const std::string& room, const std::string& key, std::optional<past_question> at) {
  ask_reader<tidewire::view_entity, entity_view>(which, room, {room, key, nullptr, at});
}

void gateway::read_state(ticket which, const std::string& room, const std::string& after, storage::page_limit limit,
                         std::optional<past_question> at) {
  ask_reader<tidewire::read_state, storage::state_page>(which, room, {room, after, limit, nullptr, at, true});
}

void gateway::find_entities(ticket which, tidewire::find_entities what) {
  const auto room = what.room;
  ask_reader<tidewire::find_entities, found_entities>(which, room, std::move(what));
}

void gateway::read_stream(ticket which, const std::string& room, std::uint64_t after, storage::page_limit limit, bool reverse) {
  ask_reader<tidewire::read_stream, storage::stream_page>(which, room, {room, after, limit, reverse, nullptr});
}

void gateway::list_rooms(ticket which, const std::string& prefix, const std::string& after, std::size_t limit) {
  ask_reader<tidewire::list_rooms, std::vector<storage::named_room>>(which, prefix, {prefix, after, limit, nullptr});
}

void gateway::ask_presence(ticket which, const std::string& room) {
  mail(broadcaster_, tidewire::ask_presence{room, make_reply<protocol::presence_result>(this, which)});
}

void gateway::tell_message(ticket which, const std::string& room, std::string data) {
  mail(broadcaster_, tidewire::tell_message{room, std::move(data), make_reply<messaged>(this, which)});
}

server_facts gateway::facts() const { return {own_.run, own_.connections(), uptime_s()}; }

void gateway::ask_audiences(ticket which, const std::optional<room_glob>& of) {
  mail(broadcaster_, tidewire::ask_audiences{of, make_reply<audience_overview>(this, which)});
}

void gateway::expel(ticket which, const std::string& room, const std::string& user, const std::string& client) {
  mail(broadcaster_, tidewire::expel{room, user, client, make_reply<expelled>(this, which)});
}

void gateway::ask_presence_stats(ticket which, const std::string& room) {
  mail(broadcaster_, tidewire::ask_presence_stats{room, make_reply<protocol::presence_stats_result>(this, which)});
}

}  // namespace tidewire
