#include "tests/actors/sim/client.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "schemas/room_pattern.hpp"
#include "tests/actors/sim/trace.hpp"
#include "tests/actors/sim/world.hpp"

namespace tidewire::test {

sim_client::sim_client(sim_world& world, sim_counts& counts, std::vector<wish> wishes)
    : world_(world),
      by_(world.around.by),
      counts_(counts),
      me_(world.around.office.open()),
      patience_(by_.one_in(2) ? by_.between(2, 40) : 0) {
  for (auto& each : wishes) watches_.push_back(make_watch(by_, world.around.known, counts_, world.around.options.limit, std::move(each)));
}

// ---- what it does --------------------------------------------------------------------------------------------------------

void sim_client::act() {
  if (!out_) return come();
  if (slow_) {
    if (patience_ > 0 && by_.below(patience_) > 0) return;
    slow_ = false;
    if (reads_) on_readable();
    return;
  }
  if (!connected_) return;
  switch (by_.below(12)) {
    case 0: return leave();
    case 1:
    case 2: slow_ = true; return;
    case 3: return publish();
    case 4: return ask_history();
    case 5: return send({asked::ping, nullptr, 0, {}}, "ping", "{}");
    case 6: return send({asked::presence, nullptr, 0, {}}, "presence", R"({"channel":")" + world_.some_room() + "\"}");
    default: break;
  }
  auto& which = *by_.of(watches_);
  if (which.away() && !waits_for(which)) return subscribe(which);
  if (!which.away() && !leaves(which) && by_.one_in(3))
    send({asked::unsubscribe, &which, 0, {}}, "unsubscribe", R"({"channel":")" + which.channel() + "\"}");
}

void sim_client::settle() {
  slow_ = false;
  if (reads_) on_readable();
  if (!out_) return come();
  if (!connected_) return;
  for (const auto& each : watches_)
    if (each->away() && !waits_for(*each)) subscribe(*each);
}

bool sim_client::leaves(const watch& which) const {
  return std::ranges::any_of(open_,
                             [&](const auto& known) { return known.second.of == &which && known.second.what == asked::unsubscribe; });
}

// A command about that subscription is not answered yet.
bool sim_client::waits_for(const watch& which) const {
  return std::ranges::any_of(open_, [&](const auto& known) { return known.second.of == &which; });
}

void sim_client::come() {
  out_ = world_.connect(me_, this);
  if (!out_) return;
  ++counts_.connections;
  send({asked::connect, nullptr, 0, {}}, "connect", "{}");
}

void sim_client::leave() {
  const auto left = std::exchange(out_, nullptr);
  if (!left) return;
  left->hang_up();
  on_closed(close_code::internal_error);
}

void sim_client::subscribe(watch& which) { send({asked::subscribe, &which, 0, {}}, "subscribe", which.ask()); }

void sim_client::publish() {
  const auto room = world_.some_room();
  const auto number = ++world_.around.requests;
  operation what;
  what.kind = operation_kind::set;
  const auto unique = std::to_string(number);  // whatever of it is chosen: it can be told apart
  what.data = R"({"n":)" + unique + R"(,"a":)" + unique + R"(,"b":)" + unique + R"(,"c":{"d":)" + unique + "}}";
  auto body = R"({"channel":")" + room + R"(","data":)" + what.data;
  if (by_.one_in(2)) {
    what.key = "k" + std::to_string(by_.below(8));
    body += R"(,"key":")" + *what.key + '"';
  }
  world_.around.known.of(room).sent({number, {what}, 0});
  send({asked::publish, nullptr, number, room}, "publish", body + '}');
}

void sim_client::ask_history() {
  const auto room = world_.some_room();
  send({asked::history, nullptr, 0, room}, "history",
       R"({"channel":")" + room + R"(","limit":)" + std::to_string(by_.below(6)) + (by_.one_in(2) ? R"(,"reverse":true})" : "}"));
}

void sim_client::send(open_command command, const std::string& method, const std::string& body) {
  open_.emplace(++last_id_, std::move(command));
  trace(world_.office.now_ms(), " c", out_->id(), " > ", last_id_, ' ', method, ' ', body);
  out_->write(R"({"id":)" + std::to_string(last_id_) + ",\"" + method + "\":" + body + '}');
}

// ---- what it hears -------------------------------------------------------------------------------------------------------

void sim_client::on_readable() {
  reads_ = true;
  if (slow_ || !out_) return;
  reads_ = false;
  const auto still = out_;
  still->read(by_.between(1, 4));
}

void sim_client::on_message(const std::string& text) {
  if (text == "{}") return out_->write("{}");
  std::string_view rest = text;
  while (!rest.empty() && out_) {
    const auto end = rest.find('\n');
    on_line(rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  for (const auto& each : watches_) each->on_message_end();
}

void sim_client::on_line(std::string_view line) {
  trace(world_.office.now_ms(), " c", out_->id(), " < ", line);
  const json_object_view said(line);
  said.has("push") ? on_push(said.object("push")) : on_reply(said);
}

void sim_client::on_reply(const json_object_view& reply) {
  const auto found = open_.extract(static_cast<std::uint32_t>(reply.number("id")));
  must(!found.empty(), "a client hears one answer to each of its commands");
  if (reply.has("error")) return on_error(found.mapped(), reply.object("error"));
  static constexpr std::array names{"connect", "subscribe", "unsubscribe", "publish", "history", "presence", "ping"};
  on_result(found.mapped(), reply.object(names.at(static_cast<std::size_t>(found.mapped().what))));
}

void sim_client::on_error(const open_command& command, const json_object_view& error) {
  if (command.void_) return;
  must(command.what != asked::connect && command.what != asked::ping && command.what != asked::unsubscribe,
       "a client is not refused without need: " + error.text("message"));
  if (command.what == asked::subscribe) command.of->on_error(error.number("code"));
}

void sim_client::on_result(const open_command& command, const json_object_view& result) {
  if (command.void_) return;
  switch (command.what) {
    case asked::connect: connected_ = true; return;
    case asked::subscribe:
      if (const auto number = result.number("id"); number != 0) numbers_[number] = command.of;
      if (command.of->on_reply(result) && !waits_for(*command.of)) subscribe(*command.of);
      return;
    case asked::unsubscribe:  // replies may overtake each other: then a subscription has come to an end before it is heard of
      for (auto& [id, other] : open_)
        if (other.of == command.of) other.void_ = true;
      return command.of->on_end();
    case asked::publish: return world_.around.known.of(command.room).check_acknowledged(command.number);
    case asked::history: return check_history(command.room, result);
    case asked::presence:
    case asked::ping: return;
  }
}

void sim_client::on_push(const json_object_view& push) {
  const auto number = push.number("id");
  auto* which = number == 0 ? find(push.text("channel")) : numbers_.contains(number) ? numbers_.at(number) : nullptr;
  must(which != nullptr, "a client is told of what it asked for, not of " + push.text("channel") + std::to_string(number));
  if (push.has("pub")) return which->on_push(push.raw("pub"));
  if (!push.has("unsubscribe")) return;
  // Replies may overtake: the end of a subscription may be heard twice, or after the client has left it and asks anew. Then it says
  // nothing.
  must(which->was_live(), "what ends was live");
  if (!which->live()) return;
  ++counts_.ended;
  which->on_end();
}

void sim_client::check_history(const std::string& room, const json_object_view& result) const {
  const auto& known = world_.around.known.of(room);
  must(result.number("offset") <= known.top(), "history is what is stored");
  for (const auto each : result.list("publications")) {
    const told_change told(each);
    must(told.offset <= known.top(), "history is what is stored");
    const auto& stored = *known.at(told.offset);
    must(told.data == (stored.removed ? "null" : stored.data), "history is what was told");
  }
}

void sim_client::on_closed(close_code code) {
  trace(world_.office.now_ms(), " client ", me_, " closed ", static_cast<int>(code));
  if (code == close_code::slow) ++counts_.slow;
  out_.reset();
  connected_ = slow_ = reads_ = false;
  open_.clear();
  numbers_.clear();
  for (const auto& each : watches_) each->on_closed();
}

// ---- the end -------------------------------------------------------------------------------------------------------------

std::vector<std::string> sim_client::present_in() const {
  std::vector<std::string> rooms;
  for (const auto& each : watches_)
    if (each->live() && !is_room_pattern(each->channel())) rooms.push_back(each->channel());
  return rooms;
}

std::string sim_client::why_not() const {
  if (!out_ || !connected_ || slow_) return "a client is not connected";
  if (!open_.empty()) return "a command of a client is not answered";
  for (const auto& each : watches_)
    if (!each->current() && !each->refused())
      return "a client has not been shown all of " + each->channel() + (each->live() ? "" : ", and is not subscribed");
  return {};
}

watch* sim_client::find(std::string_view channel) const {
  for (const auto& each : watches_)
    if (each->channel() == channel) return each.get();
  return nullptr;
}

}  // namespace tidewire::test
