#include "tests/actors/sim/room_part.hpp"

#include <utility>

#include "schemas/apply.hpp"
#include "tests/actors/sim/broadcaster_part.hpp"
#include "tests/actors/sim/store_parts.hpp"
#include "tests/actors/sim/world_parts.hpp"

namespace tidewire::test {

namespace {

constexpr std::size_t operations_max = 5;  // of one request

}  // namespace

// ---- entities ------------------------------------------------------------------------------------------------------------

void entity_part::apply(const apply_change& change) const {
  const auto& current = change.base ? *change.base : document_;
  auto outcome = tidewire::apply(*change.what, current.get(), change.epoch, limit());
  if (!outcome) return change.reply->answer(fail(outcome.error().code, outcome.error().detail));
  change.reply->answer(proposal{outcome->removed, std::move(outcome->data), std::move(outcome->tags), current});
}

void room_part::start_entity(const std::string& key, entity_ptr document) {
  stop_entity(key);
  entities_[key] = std::make_unique<entity_part>(in_, *this, key, std::move(document));
  in_.entities.emplace(entities_[key]->me(), entities_[key].get());
}

void room_part::apply(const std::string& key, ticket which, apply_change change) {
  change.reply = answer_to<proposal>(
      this, which, [](room_part& self, ticket of, result<proposal>&& made) { self.state_->on_proposal(of, std::move(made)); });
  const auto found = entities_.find(key);
  if (found != entities_.end()) mail(found->second.get(), [change = std::move(change)](entity_part& entity) { entity.apply(change); });
}

void room_part::accept(const std::string& key, entity_ptr document) {
  const auto found = entities_.find(key);
  if (found == entities_.end()) return;
  mail(found->second.get(), [document = std::move(document)](entity_part& entity) { entity.accept(document); });
}

void room_part::stop_entity(const std::string& key) {
  dead_.erase(key);
  auto found = entities_.extract(key);
  if (found.empty()) return;
  const auto which = found.mapped()->me();
  leaving_.emplace(which, std::move(found.mapped()));
  office().post(which, [this, which] { entity_died(which); });
}

void room_part::stop_entities() {
  while (!entities_.empty()) stop_entity(std::string(entities_.begin()->first));
}

// The quarantine answers at once.
void room_part::set_aside(publish_request_ptr request, std::uint32_t, crash_report) { request->reply->answer(fail(errc::quarantined)); }

// Its mail is lost, and then the room hears of it, unless it has told the entity to go.
void room_part::entity_died(address which) {
  const auto found = in_.entities.extract(which);
  if (found.empty()) return;
  if (leaving_.erase(which) > 0) return;
  const auto dead = entities_.extract(found.mapped()->key());
  const auto gone = std::shared_ptr<entity_part>(std::move(dead.mapped()));
  dead_.insert(gone->key());
  office().post(me(), [this, key = gone->key()] {
    if (dead_.erase(key) > 0) state_->on_entity_gone(key, {"a fault of the simulation", {}});
  });
}

// ---- the actor -----------------------------------------------------------------------------------------------------------

room_part::room_part(process& in, std::string name)
    : part(in, &in.around.faults.room), name_(std::move(name)), options_(options_of(in.options(), name_)) {
  state_ = std::make_unique<room_state>(name_, options_, limit(), in.held, static_cast<room_port&>(*this));
  state_->start();
}

room_part::~room_part() {
  for (const auto& [key, each] : entities_) in_.entities.erase(each->me());
  for (const auto& [which, each] : leaving_) in_.entities.erase(which);
  entities_.clear();
  leaving_.clear();
  state_.reset();
  appended_ = nullptr;
  if (auto* to = in_.broadcaster; to && !retired_) office().post(to->me(), [to, lost = lost_room{name_}] { to->handle(lost); });
  if (auto* to = in_.directory; to && killed_by_)
    office().post(to->me(), [to, deadly = killed_by{std::exchange(killed_by_, nullptr), generation_}] { to->on_killed(deadly); });
}

void room_part::handle(const room_command_ptr& command) {
  ++handled_;
  if (const auto* publish = std::get_if<publish_request>(&command->body)) {
    std::erase_if(taken_, [](const auto& each) { return each.expired(); });
    taken_.push_back(command);
    try {
      state_->handle(publish_request_ptr(command, publish));
    } catch (const injected_crash&) {
      killed_by_ = command;
      throw;
    }
  } else if (const auto* subscribe = std::get_if<subscribe_request>(&command->body)) {
    state_->handle(*subscribe);
  } else if (const auto* wish = std::get_if<resume_request>(&command->body)) {
    state_->handle(*wish);
  } else {
    state_->handle(std::get<warm_request>(command->body));
  }
  check_bounds();
}

void room_part::check_bounds() const {
  // Some that are refused are answered behind what was ordered before them.
  must(taken_.size() <= 2 * limit().slots_max + 1, "a room takes no more requests than its slots");
  must(entities_.size() <= limit().live_entities_max + limit().slots_max * operations_max, "a room keeps no more entities than it may");
}

void room_part::adopt(std::uint64_t adoption) {
  adoption_ = adoption;
  handled_ = 0;
}

void room_part::retire() {
  if (auto* journal = in_.journal_of(options_))
    office().post(journal->me(), [journal, what = close_room{name_, generation_}] { journal->take(what); });
  retired_ = true;
}

void room_part::ask_for_relief() {
  mail(in_.directory, [](directory_part& directory) { directory.ease(); });
}

void room_part::ease() {
  state_->ease();
  if (state_->may_leave()) offer_to_retire();
}

void room_part::tick_after(std::uint32_t ms) {
  office().wake(me(), ms, [this] { tick(); });
}

void room_part::tick() {
  state_->tick();
  if (state_->idle()) offer_to_retire();
}

void room_part::offer_to_retire() {
  mail(in_.directory,
       [wish = retire_request{name_, adoption_, handled_}](directory_part& directory) { directory.on_retire_request(wish); });
}

void room_part::flush_soon() {
  office().post(me(), [this] { state_->flush(); });
}

// ---- journal -------------------------------------------------------------------------------------------------------------

void room_part::open(ticket which, generation since) {
  generation_ = since;
  auto reply = answer_to<storage::room_record>(
      this, which, [](room_part& self, ticket of, const result<storage::room_record>& record) { self.state_->on_opened(of, record); });
  mail(in_.journal_of(options_),
       [request = std::make_shared<const open_room>(open_room{name_, since, std::move(reply)})](journal_part& to) { to.take(request); });
}

void room_part::append(ticket which, generation of, storage::append changes) {
  appended_ = in_.under_way.begin();
  auto reply = answer_to<committed>(this, which, [](room_part& self, ticket asked, const result<committed>& outcome) {
    if (!outcome) self.appended_ = nullptr;
    self.state_->on_committed(asked, outcome);
  });
  mail(in_.journal_of(options_), [request = std::make_shared<append_request>(append_request{of, std::move(changes), std::move(reply)})](
                                     journal_part& to) { to.take(request); });
}

void room_part::trim(std::uint64_t first) {
  in_.around.known.of(name_).trim_asked(first);
  mail(in_.journal_of(options_), [what = trim_room{name_, first}](journal_part& to) { to.take(what); });
}

// ---- readers -------------------------------------------------------------------------------------------------------------

template <class T, class Read, class Hear>
void room_part::ask_reader(ticket which, Read read, Hear hear) {
  auto reply =
      answer_to<T>(this, which, [hear](room_part& self, ticket of, result<T>&& got) { ((*self.state_).*hear)(of, std::move(got)); });
  const auto& store = in_.store_of(options_);
  mail(in_.reader_of(name_),
       [&store, read, reply = std::move(reply)](reader_part& reader) { reader.read<T>(reply, [&] { return read(store); }); });
}

void room_part::load(ticket which, const std::string& key) {
  ask_reader<std::optional<entity_document>>(
      which, [name = name_, key](const storage::store& from) { return from.entity(name, key); }, &room_state::on_loaded);
}

void room_part::find_dedupe(ticket which, const idempotency& once) {
  ask_reader<std::optional<storage::dedupe_record>>(
      which, [name = name_, once](const storage::store& from) { return from.dedupe(name, once.scope, once.id); }, &room_state::on_dedupe);
}

void room_part::read_state(ticket which, const std::string& after, storage::page_limit limit) {
  ask_reader<storage::state_page>(
      which, [name = name_, after, limit](const storage::store& from) { return from.state(name, after, limit); }, &room_state::on_state);
}

void room_part::read_stream(ticket which, std::uint64_t after, storage::page_limit limit) {
  ask_reader<storage::stream_page>(
      which, [name = name_, after, limit](const storage::store& from) { return from.stream(name, after, limit, false); },
      &room_state::on_stream);
}

void room_part::find_first_after(ticket which, std::int64_t time_ms) {
  ask_reader<std::uint64_t>(
      which, [name = name_, time_ms](const storage::store& from) { return from.first_after(name, time_ms); }, &room_state::on_first_after);
}

// ---- broadcaster ---------------------------------------------------------------------------------------------------------

void room_part::ask_told(ticket which) {
  auto reply = answer_to<std::optional<std::uint64_t>>(
      this, which, [](room_part& self, ticket of, const result<std::optional<std::uint64_t>>& told) { self.state_->on_told(of, told); });
  mail(in_.broadcaster, [question = tidewire::ask_told{name_, std::move(reply)}](broadcaster_part& to) { to.handle(question); });
}

void room_part::tell(std::vector<change> news) {
  const auto& known = in_.around.known.of(name_);
  for (const auto& each : news)
    must(each.told->offset <= known.top() && *each.told == *known.at(each.told->offset), "nothing is told that is not stored");
  mail(in_.broadcaster, [told = run{name_, std::move(news), options_.batch_delay_ms, options_.batch_max,
                                    std::exchange(appended_, nullptr)}](broadcaster_part& to) { to.handle(told); });
}

void room_part::attach(tidewire::attach subscription) {
  mail(in_.broadcaster, [wanted = std::move(subscription)](broadcaster_part& to) { to.handle(wanted); });
}

void room_part::resume(tidewire::resume ready) {
  mail(in_.broadcaster, [ready = std::move(ready)](broadcaster_part& to) { to.handle(ready); });
}

void room_part::reset_audience() {
  mail(in_.broadcaster, [lost = tidewire::reset_audience{name_}](broadcaster_part& to) { to.handle(lost); });
}

}  // namespace tidewire::test
