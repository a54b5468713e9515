#include "tests/actors/sim/keeper_parts.hpp"

#include <utility>

#include "schemas/names.hpp"
#include "tests/actors/sim/broadcaster_part.hpp"
#include "tests/actors/sim/store_parts.hpp"
#include "tests/actors/sim/trace.hpp"
#include "tests/actors/sim/world_parts.hpp"

namespace tidewire::test {

namespace {

auto command_of(const std::string& room, publish_request request) {
  return [what = std::make_shared<const room_command>(room_command{room, std::move(request)})](directory_part& to) { to.on_command(what); };
}

}  // namespace

// ---- expirer -------------------------------------------------------------------------------------------------------------

expirer_part::expirer_part(process& in, sim_disk& store)
    : part(in, &in.around.faults.keeper), store_(store), state_(in.limit(), static_cast<expirer_port&>(*this)) {
  office().post(me(), [this] { tick(); });
}

void expirer_part::tick() {
  office().wake(me(), expirer_state::tick_ms, [this] { tick(); });
  state_.tick();
}

void expirer_part::find_due(ticket which, const storage::due_position& after, std::int64_t now_ms, std::size_t limit) {
  using page = std::vector<storage::due_entity>;
  auto reply = answer_to<page>(this, which, [](expirer_part& self, ticket of, const result<page>& due) { self.state_.on_due(of, due); });
  mail(in_.reader_of(""), [&store = store_, after, now_ms, limit, reply = std::move(reply)](reader_part& reader) {
    reader.read<page>(reply, [&] { return store.due(after, now_ms, limit); });
  });
}

// With a number, as the requests of publishers have: what it makes can be told apart.
void expirer_part::publish(ticket which, const std::string& room, operation what) {
  const auto number = ++in_.around.requests;
  auto& known = in_.around.known.of(room);
  const bool counts = !is_kept_by_server(room);
  if (counts) known.sent({number, {what}, 0});
  publish_request request;
  request.by_server = true;
  request.operations.push_back(std::move(what));
  request.info = client_info{"expirer", std::to_string(number), {}, {}};
  auto answer = answer_to<published>(
      this, which, [](expirer_part& self, ticket of, const result<published>& outcome) { self.state_.on_removed(of, outcome); });
  request.reply = std::make_shared<sim_reply<published>>(
      [&around = in_.around, &known, counts, number, answer = std::move(answer)](const result<published>& outcome) {
        if (outcome) ++around.expired;
        if (counts && outcome) known.check_answer(number, *outcome);
        if (counts && !outcome) known.check_refusal(number, outcome.error().code);
        answer->answer(outcome);
      });
  mail(in_.directory, command_of(room, std::move(request)));
}

// ---- presence ------------------------------------------------------------------------------------------------------------

presence_part::presence_part(process& in) : part(in, &in.around.faults.keeper), state_(in.options(), static_cast<presence_port&>(*this)) {
  state_.start();
  if (in_.broadcaster) office().post(me(), [this] { on_broadcaster(); });
}

void presence_part::handle(const presence_news& news) {
  trace(office().now_ms(), " presence hears of ", news.who.client, news.left ? " gone from " : " in ", news.room, ", by broadcaster ",
        news.broadcaster_start);
  state_.handle(news);
}

void presence_part::on_broadcaster() {
  mail(in_.broadcaster, [](broadcaster_part& to) { to.handle(tell_presence{}); });
}

void presence_part::tick_after(std::uint32_t ms) {
  office().wake(me(), ms, [this] { state_.tick(); });
}

void presence_part::publish(ticket which, const std::string& room, publish_request request) {
  const auto& what = request.operations.front();
  trace(office().now_ms(), " presence writes ", which, ": ", room, ' ', *what.key, ' ', what.data);
  request.reply = answer_to<published>(this, which, [](presence_part& self, ticket of, const result<published>& outcome) {
    trace(self.office().now_ms(), " presence has written ", of, outcome ? "" : ": refused");
    self.state_.on_published(of, outcome);
  });
  mail(in_.directory, command_of(room, std::move(request)));
}

void presence_part::read_states(ticket which, const std::string& prefix, const std::string& after_room, const std::string& after_key) {
  auto reply = answer_to<storage::states_page>(
      this, which, [](presence_part& self, ticket of, result<storage::states_page>&& page) { self.state_.on_states(of, std::move(page)); });
  const auto& store = in_.store_of(options_of(in_.options(), prefix));
  mail(in_.reader_of(prefix), [&store, &bounds = limit(), prefix, after_room, after_key, reply = std::move(reply)](reader_part& reader) {
    reader.read<storage::states_page>(reply, [&] {
      return store.states(prefix, after_room, after_key, {bounds.page_rows_max, bounds.page_bytes_max});
    });
  });
}

void presence_part::say_left(const std::string& room, const client_info& who) {
  mail(in_.broadcaster, [ghost = ghost_left{room, who}](broadcaster_part& to) { to.handle(ghost); });
}

// ---- lifecycle -----------------------------------------------------------------------------------------------------------

void lifecycle_part::publish(ticket which, const std::string& room, publish_request request) {
  request.reply = answer_to<published>(
      this, which, [](lifecycle_part& self, ticket of, const result<published>& outcome) { self.state_.on_published(of, outcome); });
  mail(in_.directory, command_of(room, std::move(request)));
}

void lifecycle_part::wake_after(std::uint32_t ms) {
  office().wake(me(), ms, [this] { state_.on_wake(); });
}

}  // namespace tidewire::test
