#include "actors/operators/session_desk.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "actors/gateway/responses.hpp"
#include "actors/session/session_link.hpp"
#include "actors/supervision/pending_reply.hpp"
#include "schemas/api/uri.hpp"
#include "schemas/json.hpp"
#include "schemas/protocol/json_object.hpp"

namespace tidewire {

namespace {

using namespace std::chrono_literals;
using protocol::json_array;
using protocol::json_object;

constexpr auto tick_interval = 1s;
constexpr auto patience = 5s;  // with a session that does not answer
constexpr std::size_t limit_max = 1'000;

constexpr std::array<std::pair<std::string_view, session_order>, 4> orders{{{"queued", session_order::queued},
                                                                            {"missed", session_order::missing},
                                                                            {"age", session_order::age},
                                                                            {"subscriptions", session_order::subscriptions}}};

std::string_view name_of(slow_consumer policy) {
  switch (policy) {
    case slow_consumer::conflate: return "conflate";
    case slow_consumer::resync: return "resync";
    case slow_consumer::disconnect: return "disconnect";
  }
  return "unknown";
}

void add_line(json_object& to, const session_line& of) {
  to.string("session", of.client);
  to.string("user", of.user);
  to.string("address", of.address);
  to.string("protocol", of.protocol);
  to.number("connected_ms", of.now.age_ms);
  to.number("subscriptions", of.now.subscriptions);
  to.number("queued_bytes", of.now.peer.queued_bytes);
  to.number("missed", of.now.peer.missing);
}

result<session_question> question_of(const api::request_target& target) {
  session_question asked;
  for (const auto& [name, value] : target.parameters) {
    if (name == "user") {
      asked.user = value;
    } else if (name == "behind") {
      if (value != "true") return fail(errc::bad_request, "behind is true, or left out");
      asked.behind = true;
    } else if (name == "limit") {
      const auto limit = json_unsigned(value);
      if (!limit || *limit == 0 || *limit > limit_max) return fail(errc::bad_request, "limit is a number from 1 to 1000");
      asked.max = *limit;
    } else if (name == "sort") {
      const auto found = std::ranges::find(orders, std::string_view(value), [](const auto& each) { return each.first; });
      if (found == orders.end()) return fail(errc::bad_request, "sort is queued, missed, age or subscriptions");
      asked.by = found->second;
    } else {
      return fail(errc::bad_request, "unknown query parameter \"" + name + "\"");
    }
  }
  return asked;
}

}  // namespace

session_desk::session_desk(caf::actor_config& config, engine& own) : actor_base(config, {.kind = "session-desk"}), own_(own) {}

session_desk::behavior_type session_desk::make_behavior() {
  delayed_send(this, tick_interval, tick_atom::value);
  return {
      // The mail's own reference must not outlive the answer: whoever drops the responder last answers for a dead actor.
      [this](const http_inbound_ptr& inbound) { handle(inbound->request, std::exchange(inbound->responder, nullptr)); },
      [this](ticket which, const result<sessions_seen>& seen) { on_seen(which, seen); },
      [this](ticket which, result<session_card>& card) { on_card(which, card); },
      [this](tick_atom) { tick(); },
  };
}

void session_desk::handle(const transport::http_request& request, transport::http_responder_ptr responder) {
  const auto target = api::split_target(request.target);
  if (!target) return refuse(responder, target.error());
  const auto depth = target->segments.size();
  if (depth > 4) return refuse(responder, {errc::unknown_room, "no such path on the admin listener"});
  const bool reads = request.method == "GET";
  if (!reads && (depth == 3 || request.method != "DELETE")) {
    const std::string allowed = depth == 3 ? "GET" : "GET, DELETE";
    auto refusal = problem_response({errc::method_not_allowed, "this path takes " + allowed});
    refusal.headers.push_back({"allow", allowed});
    return responder->answer(std::move(refusal));
  }
  auto question = question_of(*target);
  if (!question) return refuse(responder, question.error());
  if (depth == 3) return ask(std::move(*question), std::move(responder), purpose::list);
  if (!target->parameters.empty()) return refuse(responder, {errc::bad_request, "this path takes no query"});
  question->client = target->segments[3];
  question->end = !reads;
  ask(std::move(*question), std::move(responder), reads ? purpose::show : purpose::end);
}

void session_desk::ask(session_question question, transport::http_responder_ptr responder, purpose what) {
  const auto which = ++last_ticket_;
  under_way_.emplace(which, pending{std::move(responder), what, clock().now()});
  if (what == purpose::show) question.describe = make_reply<session_card>(this, which);
  const auto behind = question.behind;
  auto survey = std::make_shared<session_survey>(std::move(question), make_reply<sessions_seen>(this, which));
  auto look = [survey = std::move(survey)](session_link& link) { survey->look_at(link); };
  behind ? own_.visit_links_behind(std::move(look)) : own_.visit_links(std::move(look));
}

void session_desk::on_seen(ticket which, const result<sessions_seen>& seen) {
  const auto found = under_way_.find(which);
  if (found == under_way_.end()) return;
  auto& asked = found->second;
  if (!seen) {
    refuse(asked.responder, seen.error());
  } else if (asked.what == purpose::list) {
    std::string body;
    {
      json_object all(body);
      {
        json_array rows(all.name("data"));
        for (const auto& each : seen->lines) {
          json_object row(rows.item());
          add_line(row, each);
        }
      }
      all.number("total", seen->total);
    }
    asked.responder->answer(json_response(std::move(body)));
  } else if (seen->lines.empty()) {
    refuse(asked.responder, {errc::unknown_room, "no such session is connected"});
  } else if (asked.what == purpose::end) {
    asked.responder->answer({204, {}, {}, {}});
  } else {
    asked.line = seen->lines.front();
    return show(which);
  }
  under_way_.erase(found);
}

void session_desk::on_card(ticket which, result<session_card>& card) {
  const auto found = under_way_.find(which);
  if (found == under_way_.end()) return;
  found->second.card = std::move(card);
  show(which);
}

// When both are there.
void session_desk::show(ticket which) {
  const auto found = under_way_.find(which);
  auto& asked = found->second;
  if (!asked.line || !asked.card) return;
  if (!*asked.card) {
    refuse(asked.responder, {errc::unknown_room, "the session has just ended"});
    under_way_.erase(found);
    return;
  }
  std::string body;
  {
    json_object all(body);
    add_line(all, *asked.line);
    json_array rooms(all.name("rooms"));
    for (const auto& each : (*asked.card)->rooms) {
      json_object row(rooms.item());
      row.string("room", each.name);
      row.string("kind", each.map ? "map" : "stream");
      row.name("live") += each.live ? "true" : "false";
      row.string("policy", name_of(each.slow));
      row.number("interval_ms", each.interval_ms);
    }
  }
  asked.responder->answer(json_response(std::move(body)));
  under_way_.erase(found);
}

void session_desk::tick() {
  delayed_send(this, tick_interval, tick_atom::value);
  const auto now = clock().now();
  std::erase_if(under_way_, [&](const auto& each) {
    const bool late = now - each.second.begun >= patience;
    if (late)
      refuse(each.second.responder, {errc::unavailable, "the session does not answer: its mailbox is at /api/v1/performance/actors"});
    return late;
  });
}

}  // namespace tidewire
