#include "tests/actors/sim/room_watch.hpp"

#include <utility>

namespace tidewire::test {

namespace {

constexpr std::uint64_t live_phase = 0;
constexpr std::uint64_t state_phase = 2;

}  // namespace

// ---- asking --------------------------------------------------------------------------------------------------------------

std::string room_watch::first_command() {
  if (at_ && by_.one_in(10)) at_.reset();  // it forgot
  if (wish_.map && !whole_) at_.reset();
  recovering_ = at_.has_value();
  insists_ = by_.one_in(3);
  cursor_.clear();
  wants_missed_ = recovering_;
  auto text = '{' + wish_.members() + R"(,"flag":)" + std::to_string((insists_ ? 2 : 0) + (by_.one_in(2) ? 1 : 0));
  if (wish_.map) text += R"(,"limit":)" + std::to_string(by_.between(0, 3));
  if (recovering_) {
    asked_ = *at_;
    text += R"(,"recover":true,"epoch":")" + asked_.epoch + R"(","offset":)" + std::to_string(asked_.offset);
    if (wish_.map) text += R"(,"phase":1)";
  } else {
    asked_ = {};
    documents_.clear();
    last_.clear();
    whole_ = false;
    if (wish_.map) text += R"(,"phase":2)";
  }
  return text + '}';
}

std::string room_watch::next_command() {
  auto text = R"({"channel":")" + wish_.channel + R"(","type":1,"flag":1,"limit":)" + std::to_string(by_.between(0, 3));
  text += wants_missed_ ? R"(,"phase":1)" : R"(,"phase":2,"cursor":")" + cursor_ + '"';
  if (recovering_) text += R"(,"recover":true)";
  return text + R"(,"epoch":")" + asked_.epoch + R"(","offset":)" + std::to_string(asked_.offset) + '}';
}

// ---- replies -------------------------------------------------------------------------------------------------------------

bool room_watch::take_reply(const json_object_view& reply) { return wish_.map ? take_map_reply(reply) : take_stream_reply(reply); }

bool room_watch::take_stream_reply(const json_object_view& reply) {
  const position told{reply.text("epoch"), reply.number("offset")};
  must_be(told.epoch.empty() ? told.offset == 0 : told.epoch == room().epoch(), "is told the epoch of what is stored");
  must_be(reply.flag("was_recovering") == recovering_, "is told whether it was recovering");
  must_be(reply.flag("delta") == wish_.delta, "gets the deltas it asked for");
  last_.clear();
  if (reply.flag("recovered")) {
    ++counts_.recovered;
    must_be(recovering_ && told.offset == asked_.offset, "recovers from where it was");
    must_be(asked_.offset == 0 || asked_.epoch == told.epoch, "recovers what is of its epoch");
    at_ = told;
    for (const auto each : reply.list("publications")) take(told_change(each), false);
    return true;
  }
  if (recovering_) {
    must_be(!insists_, "would have been told 112");
    ++counts_.resets;
    check_reset();
  }
  must_be(reply.list("publications").empty(), "starts from the top");
  must_be(told.offset <= room().top(), "starts from what is stored");
  room().shown(told.offset);
  at_ = told;
  return true;
}

bool room_watch::take_map_reply(const json_object_view& reply) {
  const auto phase = reply.number("phase");
  const position told{reply.text("epoch"), reply.number("offset")};
  must_be(told.epoch.empty() ? told.offset == 0 : told.epoch == room().epoch(), "is told the epoch of what is stored");
  must_be(told.offset <= room().top(), "is told of what is stored");
  room().shown(told.offset);
  if (phase == state_phase) {
    if (!at_) at_ = told;
    must_be(told.offset == at_->offset, "keeps its frozen offset");
    take_rows(reply, at_->offset);
    cursor_ = reply.text("cursor");
    wants_missed_ = cursor_.empty();
    asked_ = told;
    return false;
  }
  const auto missed = reply.list("publications");
  if (phase != live_phase) {
    must_be(told.offset > at_->offset, "comes nearer with every page");
    for (const auto each : missed) take(told_change(each), false);
    at_->offset = told.offset;
    asked_ = told;
    return false;
  }
  must_be(reply.flag("was_recovering") == recovering_, "is told whether it was recovering");
  must_be(reply.flag("delta") == wish_.delta, "gets the deltas it asked for");
  if (recovering_) must_be(asked_.offset == 0 || asked_.epoch == told.epoch, "recovers what is of its epoch");
  ++(recovering_ ? counts_.recovered : counts_.snapshots);
  // The frozen offset of a state that comes in one page is not told: it lies below what was missed.
  take_rows(reply, told.offset);
  if (!at_) at_ = position{told.epoch, 0};
  for (const auto each : missed) take(told_change(each), false);
  must_be(told.offset >= at_->offset, "does not go back");
  at_ = told;
  touched_.clear();
  check_whole(told.offset);
  whole_ = true;
  return true;
}

void room_watch::take_rows(const json_object_view& reply, std::uint64_t upto) {
  for (const auto each : reply.list("state")) {
    const told_change row(each);
    must_be(row.key && row.offset <= upto, "is shown no row above its frozen offset");
    must_be(!documents_.contains(*row.key), "is shown a key once");
    const auto& made_by = *room().at(row.offset);
    must_be(made_by.key == row.key && !made_by.removed, "is shown rows that were");
    must_be(wish_.passes(made_by.tags), "is shown what it wants to see");
    const auto text = wish_.delta ? json_string(row.data).value() : std::string(row.data);
    must_be(text == wish_.shown(made_by.data), "is shown the document");
    documents_.emplace(*row.key, text);
  }
}

// ---- changes -------------------------------------------------------------------------------------------------------------

void room_watch::take_push(const told_change& told) {
  take(told, true);
  must_be(!at_->epoch.empty(), "knows the epoch of what it is shown");
}

void room_watch::take(const told_change& told, bool live) {
  must_be(told.offset > at_->offset, "is told a change once, in order");
  must_be(told.offset <= room().top(), "is told nothing that is not stored");
  room().shown(told.offset);
  const auto& stored = *room().at(told.offset);
  must_be(told.epoch.empty() || told.epoch == room().epoch(), "is told the epoch of what is stored");
  if (!wish_.map) check_skipped(told.offset, live);
  if (wish_.map && live && wish_.max_rate == 0) count_conflated(told.offset);
  at_->offset = told.offset;
  if (!told.epoch.empty()) at_->epoch = told.epoch;
  if (!wish_.map) {
    must_be(wish_.passes(stored.removed ? stored.tags_before : stored.tags), "is shown what it wants to see");
    const auto text = text_of(told, &last_);
    must_be(text == (stored.removed ? "null" : wish_.shown(stored.data)), "is told the change");
    if (wish_.delta) last_ = text;
    return;
  }
  must_be(stored.key && told.key == stored.key, "is told the key");
  touched_.insert(*told.key);
  if (told.removed) {
    must_be(stored.removed || !wish_.passes(stored.tags), "is told of removals that are");
    documents_.erase(*told.key);
    return;
  }
  must_be(!stored.removed && wish_.passes(stored.tags), "is shown what it wants to see");
  const auto known = documents_.find(*told.key);
  auto text = text_of(told, known == documents_.end() ? nullptr : &known->second);
  must_be(text == wish_.shown(stored.data), "is told the change");
  documents_.insert_or_assign(*told.key, std::move(text));
}

// Of a stream: nothing was left out that it wants to see.
void room_watch::check_skipped(std::uint64_t before, bool live) const {
  for (auto offset = at_->offset + 1; offset < before; ++offset) {
    const auto& passed = *room().at(offset);
    const auto replaced = passed.key ? room().entity_at(*passed.key, offset - 1) : nullptr;
    must_be(wish_.hides(passed, replaced.get(), live), "misses no change");
  }
}

// Of a map without a rate: what is left out before that offset, though it was to be seen.
void room_watch::count_conflated(std::uint64_t before) {
  for (auto offset = at_->offset + 1; offset < before; ++offset) {
    const auto& passed = *room().at(offset);
    const auto replaced = passed.key ? room().entity_at(*passed.key, offset - 1) : nullptr;
    if (passed.key && !wish_.hides(passed, replaced.get(), true)) ++counts_.conflated;
  }
}

// A message may hold what was conflated: at its end the documents are a state again.
void room_watch::end_message() {
  if (!live() || !wish_.map || touched_.empty()) return touched_.clear();
  while (model_at_ < at_->offset) advance_model();
  // What came and went again, and what was changed and changed back, is not told: then the state is a later one.
  while (!wrong_key().empty() && (wish_.filter || wish_.fields) && model_at_ < room().top()) advance_model();
  must_be(wrong_key().empty(), "has a state after every message, but for " + wrong_key());
  must_be(documents_.size() == model_.size(), "has as many documents as there are");
  touched_.clear();
}

void room_watch::advance_model() {
  const auto& next = *room().at(++model_at_);
  if (!next.key) return;
  touched_.insert(*next.key);
  if (next.removed || !wish_.passes(next.tags)) {
    model_.erase(*next.key);
  } else {
    model_.insert_or_assign(*next.key, wish_.shown(next.data));
  }
}

// Of those that were touched: the first that is not shown as it is in the model; empty: there is none.
std::string room_watch::wrong_key() const {
  for (const auto& key : touched_) {
    const auto shown = documents_.find(key);
    const auto real = model_.find(key);
    const bool there = shown != documents_.end();
    if (there != (real != model_.end()) || (there && shown->second != real->second)) return key;
  }
  return {};
}

void room_watch::check_whole(std::uint64_t at) {
  model_.clear();
  model_at_ = at;
  for (const auto& [key, document] : room().state_at(at))
    if (wish_.passes(document.tags)) model_.emplace(key, wish_.shown(document.data));
  must_be(documents_ == model_, "has the state");
}

// ---- the end -------------------------------------------------------------------------------------------------------------

void room_watch::take_reset() {
  must_be(wish_.map || insists_, "is told 112 only if it may be");
  check_reset();
  at_.reset();
  whole_ = false;
}

// History is gone, or too much of it is missing.
void room_watch::check_reset() const {
  const bool known = asked_.epoch.empty() ? asked_.offset == 0 : asked_.epoch == room().epoch();
  must_be(!known || asked_.offset + 1 < room().trim_asked() || room().top() - asked_.offset > limit_.recovery_publications_max ||
              room().options().map == map_mode::ephemeral,
          "starts anew only if it must");
}

bool room_watch::current() const {
  if (!live() || (!at_->epoch.empty() && at_->epoch != room().epoch())) return false;
  if (wish_.map) {
    std::map<std::string, std::string> all;
    for (const auto& [key, document] : room().state_at(room().top()))
      if (wish_.passes(document.tags)) all.emplace(key, wish_.shown(document.data));
    return documents_ == all;
  }
  for (auto offset = at_->offset + 1; offset <= room().top(); ++offset) {
    const auto& passed = *room().at(offset);
    const auto replaced = passed.key ? room().entity_at(*passed.key, offset - 1) : nullptr;
    if (!wish_.hides(passed, replaced.get(), true)) return false;
  }
  return true;
}

}  // namespace tidewire::test
