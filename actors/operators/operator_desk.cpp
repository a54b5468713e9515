#include "actors/operators/operator_desk.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "actors/gateway/responses.hpp"
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
constexpr auto patience = 5s;  // with supervisors that do not answer
constexpr std::size_t limit_default = 100;
constexpr std::size_t limit_max = 10'000;
constexpr std::size_t searched = 64;  // children of a supervisor that a restart without its name is looked for in: the structural ones

constexpr std::array<std::string_view, 5> phases{"stopped", "waiting", "starting", "running", "stopping"};

void refuse_method(transport::http_responder& responder, std::string_view allowed) {
  auto refusal = problem_response({errc::method_not_allowed, "there is only " + std::string(allowed)});
  refusal.headers.push_back({"allow", std::string(allowed)});
  responder.answer(std::move(refusal));
}

void add_actor(json_object& to, const actor_view& seen) {
  to.number("actor", seen.id);
  to.string("kind", seen.kind);
  to.number("mailbox", seen.mailbox);
  to.number("handled", seen.handled);
  to.number("p99_us", seen.p99_ns / 1'000);
  to.number("memory_bytes", seen.memory_bytes);
}

result<std::pair<std::string, std::string>> read_order(std::string_view body, const limits& limit) {
  const auto text = canonical_json(body, limit);
  if (!text) return tl::unexpected(text.error());
  const auto members = json_members(*text);
  if (!members) return tl::unexpected(members.error());
  std::pair<std::string, std::string> order;
  for (const auto& each : *members) {
    auto* const into = each.name == "supervisor" ? &order.first : each.name == "id" ? &order.second : nullptr;
    const auto value = json_string(each.raw);
    if (into == nullptr || !value) return fail(errc::bad_request, R"(say {"id": "…"}, and perhaps a "supervisor", both strings)");
    *into = *value;
  }
  if (order.second.empty()) return fail(errc::bad_request, R"(say {"id": "…"}: which child is to be restarted)");
  return order;
}

}  // namespace

operator_desk::operator_desk(caf::actor_config& config, engine& own)
    : actor_base(config, {.kind = "operator-desk"}), own_(own), directory_(own.roles.ref<directory_actor>(role::directory)) {}

operator_desk::behavior_type operator_desk::make_behavior() {
  delayed_send(this, tick_interval, tick_atom::value);
  return {
      // The mail's own reference must not outlive the answer: whoever drops the responder last answers for a dead actor.
      [this](const http_inbound_ptr& inbound) { handle(inbound->request, std::exchange(inbound->responder, nullptr)); },
      [this](ticket which, result<children_seen>& seen) { on_children(which, seen); },
      [this](ticket which, const result<caf::actor>& outcome) { on_restarted(which, outcome); },
      [this](ticket which, const result<passivated>& outcome) { on_passivated(which, outcome); },
      [this](tick_atom) { tick(); },
  };
}

void operator_desk::drop_state() {
  walks_.clear();
  asked_.clear();
  restarting_.clear();
  passivating_.clear();
}

void operator_desk::handle(const transport::http_request& request, transport::http_responder_ptr responder) {
  const auto target = api::split_target(request.target);
  if (!target) return refuse(responder, target.error());
  const auto& path = target->segments;
  if (path.size() == 5 && path[2] == "rooms") {
    if (request.method != "POST") return refuse_method(*responder, "POST");
    return passivate(path[3], std::move(responder));
  }
  walk made{std::move(responder), limit_default, std::nullopt, clock().now(), {}, 0};
  if (target->segments.size() == 4 && target->segments[3] == "restart") {
    if (request.method != "POST") return refuse_method(*made.responder, "POST");
    auto order = read_order(request.body, own_.options.limit);
    if (!order) return refuse(made.responder, order.error());
    made.restart = restart_order{std::move(order->first), std::move(order->second)};
    made.max = searched;
    return begin(std::move(made));
  }
  if (target->segments.size() != 3) return refuse(made.responder, {errc::unknown_room, "no such path on the admin listener"});
  if (request.method != "GET") return refuse_method(*made.responder, "GET");
  for (const auto& [name, value] : target->parameters) {
    const auto limit = name == "limit" ? json_unsigned(value) : std::nullopt;
    if (!limit || *limit > limit_max) return refuse(made.responder, {errc::bad_request, "the query may have a limit, up to 10000"});
    made.max = *limit;
  }
  begin(std::move(made));
}

void operator_desk::begin(walk made) {
  auto root = own_.root ? own_.root() : caf::actor{};
  if (!root) return refuse(made.responder, {errc::unavailable, "the tree is not up"});
  made.nodes.push_back({{.id = "root", .phase = child_phase::running, .supervisor = true, .handle = std::move(root)}, {}, 0, false});
  const auto number = ++last_ticket_;
  walks_.emplace(number, std::move(made));
  ask(number, 0);
}

void operator_desk::ask(std::uint64_t number, std::size_t place) {
  auto& of = walks_.at(number);
  const auto which = ++last_ticket_;
  asked_.emplace(which, std::pair(number, place));
  ++of.open;
  caf::anon_send(caf::actor_cast<supervisor_actor>(of.nodes[place].what.handle),
                 look_at_children{of.max, make_reply<children_seen>(this, which)});
}

void operator_desk::on_children(ticket which, result<children_seen>& seen) {
  const auto asked = asked_.extract(which);
  if (!asked) return;
  const auto [number, place] = asked.mapped();
  const auto found = walks_.find(number);
  if (found == walks_.end()) return;
  auto& of = found->second;
  --of.open;
  if (seen) {
    of.nodes[place].answered = true;
    of.nodes[place].total = seen->total;
    for (auto& child : seen->children) {
      of.nodes[place].children.push_back(of.nodes.size());
      const bool asks = child.supervisor && child.handle;
      of.nodes.push_back({std::move(child), {}, 0, false});
      if (asks) ask(number, of.nodes.size() - 1);
    }
  }
  if (of.open > 0) return;
  auto over = walks_.extract(found);
  finish(over.mapped());
}

void operator_desk::finish(walk& over) {
  if (over.restart) return restart(over);
  std::string body;
  const auto add = [&](const auto& self, std::size_t place) -> void {
    const auto& at = over.nodes[place];
    json_object of(body);
    of.string("id", at.what.id);
    of.name("supervisor") += at.what.supervisor ? "true" : "false";
    of.string("phase", phases[static_cast<std::size_t>(at.what.phase)]);
    of.number("restarts", at.what.restarts);
    if (at.what.last_error.empty()) {
      of.name("last_error") += "null";
    } else {
      of.string("last_error", at.what.last_error);
    }
    if (const auto seen = at.what.handle ? actor_registry::see(at.what.handle) : std::nullopt) add_actor(of, *seen);
    if (!at.what.supervisor) return;
    of.name("answered") += at.answered ? "true" : "false";
    of.number("children_total", at.total);
    json_array children(of.name("children"));
    for (const auto each : at.children) {
      children.item();
      self(self, each);
    }
  };
  add(add, 0);
  over.responder->answer(json_response(std::move(body)));
}

void operator_desk::restart(walk& over) {
  const auto& wanted = *over.restart;
  const auto has_it = [&](const node& at) {
    if (!at.what.supervisor || !at.what.handle) return false;
    if (!wanted.supervisor.empty()) return at.what.id == wanted.supervisor;
    return std::ranges::any_of(at.children, [&](std::size_t child) { return over.nodes[child].what.id == wanted.id; });
  };
  const auto found = std::ranges::find_if(over.nodes, has_it);
  if (found == over.nodes.end()) {
    const auto detail = wanted.supervisor.empty() ? "no supervisor has a structural child \"" + wanted.id +
                                                        "\"; children that come and go are found with their \"supervisor\", e.g. \"rooms\""
                                                  : "there is no supervisor \"" + wanted.supervisor + "\"";
    return refuse(over.responder, {errc::unknown_room, detail});
  }
  const auto which = ++last_ticket_;
  restarting_.emplace(which, std::move(over.responder));
  caf::anon_send(caf::actor_cast<supervisor_actor>(found->what.handle), restart_child{wanted.id, make_reply<caf::actor>(this, which)});
}

void operator_desk::on_restarted(ticket which, const result<caf::actor>& outcome) {
  const auto asked = restarting_.extract(which);
  if (!asked) return;
  if (!outcome) return refuse(asked.mapped(), outcome.error());
  std::string body;
  {
    json_object all(body);
    all.number("actor", outcome->id());
  }
  asked.mapped()->answer(json_response(std::move(body)));
}

void operator_desk::passivate(const std::string& room, transport::http_responder_ptr responder) {
  const auto which = ++last_ticket_;
  passivating_.emplace(which, std::move(responder));
  mail(directory_, passivate_room{room, make_reply<passivated>(this, which)});
}

void operator_desk::on_passivated(ticket which, const result<passivated>& outcome) {
  const auto asked = passivating_.extract(which);
  if (!asked) return;
  if (!outcome) return refuse(asked.mapped(), outcome.error());
  std::string body;
  {
    json_object all(body);
    all.name("in_memory") += outcome->was_there ? "true" : "false";
    all.name("passivated") += outcome->leaves ? "true" : "false";
  }
  asked.mapped()->answer(json_response(std::move(body)));
}

void operator_desk::tick() {
  delayed_send(this, tick_interval, tick_atom::value);
  const auto now = clock().now();
  for (auto each = walks_.begin(); each != walks_.end();) {
    if (now - each->second.begun < patience) {
      ++each;
      continue;
    }
    finish(each->second);
    std::erase_if(asked_, [&](const auto& open) { return open.second.first == each->first; });
    each = walks_.erase(each);
  }
}

}  // namespace tidewire
