#include "tests/actors/room/sim/subscriber.hpp"

#include <utility>

namespace tidewire::test {

using protocol::subscribe_phase;

void sim_subscriber::act() {
  if (stage_ == stage::away) return come();
  if (slow_) return hurry();
  if (map_ && stage_ == stage::live && by_.one_in(2)) {
    slow_ = true;
  } else {
    leave();
  }
}

void sim_subscriber::hurry() {
  slow_ = false;
  world_.resume(session_);
}

bool sim_subscriber::current() const {
  if (stage_ != stage::live || slow_ || world_.misses(session_)) return false;
  const auto& truth = world_.truth();
  return map_ ? !truth.keyed_between(at_->offset, truth.top() + 1) : at_->offset == truth.top();
}

void sim_subscriber::come() {
  session_ = ++counts_.live;
  world_.listen(session_, this);
  if (at_ && (!map_ || whole_) && by_.one_in(10)) at_.reset();  // it forgot
  protocol::subscribe_command command;
  command.channel = "room";
  command.type = map_ ? 1 : 0;
  command.flag = by_.one_in(3) ? 3 : 1;
  command.limit = static_cast<std::uint32_t>(by_.between(0, 3));
  if (at_ && (!map_ || whole_)) {
    command.recover = true;
    command.epoch = at_->epoch;
    command.offset = at_->offset;
    command.phase = map_ ? 1 : 0;
  } else {
    at_.reset();
    view_.clear();
    whole_ = false;
    command.phase = map_ ? 2 : 0;
  }
  ask(std::move(command));
}

void sim_subscriber::leave() {
  slow_ = false;
  world_.leave(session_);
  stage_ = stage::away;
  session_ = 0;
}

void sim_subscriber::ask(protocol::subscribe_command command) {
  stage_ = stage::asking;
  asked_ = std::move(command);
  auto who = std::make_shared<subscriber>();
  who->session = session_;
  world_.subscribe({who, 1, asked_, protocol::plain_view(static_cast<protocol::subscription_type>(asked_.type)),
                    std::make_shared<sim_reply<subscribe_step>>(
                        [this, session = session_](const result<subscribe_step>& step) { hear(session, step); })});
}

void sim_subscriber::hear(session_id session, const result<subscribe_step>& step) {
  if (session != session_ || (step && step->live)) return;
  if (step) return next_page(step->page);
  if (stage_ != stage::asking) return;  // live already, then lost
  if (step.error().code == errc::unrecoverable) {
    must(map_ || (asked_.flag & 2) != 0, name() + " is told 112 only if it may be");
    check_reset();
    ++counts_.resets;
    at_.reset();
    whole_ = false;
  }
  leave();
}

void sim_subscriber::next_page(const protocol::subscribe_result& page) {
  must(map_, name() + " gets no pages of a stream");
  must(page.epoch == world_.truth().epoch(), name() + " is told the epoch of what is stored");
  auto next = asked_;
  if (page.phase == subscribe_phase::state) {
    take_state(page);
    next.cursor = page.cursor;
    next.phase = page.cursor.empty() ? 1 : 2;
  } else {
    must(page.phase == subscribe_phase::stream && page.offset > at_->offset, name() + " comes nearer with every page");
    take_missed(page, page.offset);
  }
  next.offset = page.offset;
  next.epoch = page.epoch;
  ask(std::move(next));
}

// The state as of page.offset, a part of it.
void sim_subscriber::take_state(const protocol::subscribe_result& page) {
  const auto frozen = at_ ? at_->offset : page.offset;
  if (!at_) at_ = position{page.epoch, frozen};
  if (page.phase == subscribe_phase::state) must(page.offset == frozen, name() + " keeps its frozen offset");
  for (const auto& row : page.state) {
    must(row->version <= frozen, name() + " is shown no row above its frozen offset");
    must(!view_.contains(row->key), name() + " is shown a key once");
    view_.emplace(row->key, *row);
  }
}

// Publications above the position, whole up to `upto`.
void sim_subscriber::take_missed(const protocol::subscribe_result& page, std::uint64_t upto) {
  for (const auto& each : page.publications) {
    must(!map_ || each->key, name() + " of a map hears nothing of keyless changes");
    on_push(*each);
  }
  must(upto >= at_->offset, name() + " does not go back");
  must(map_ ? !world_.truth().keyed_between(at_->offset, upto + 1) : at_->offset == upto, name() + " is shown all it missed");
  at_->offset = upto;
}

void sim_subscriber::on_live(const protocol::subscribe_result& reply, std::uint64_t from) {
  const auto& truth = world_.truth();
  stage_ = stage::live;
  must(reply.phase == subscribe_phase::live, name() + " is live");
  must(reply.epoch == (from == 0 ? std::string{} : truth.epoch()), name() + " is told the epoch of what is stored");
  must(reply.was_recovering == asked_.recover, name() + " is told whether it was recovering");
  if (map_) {
    must(reply.offset == from, name() + " of a map goes live at the top");
    ++(asked_.recover ? counts_.recovered : counts_.snapshots);
    // The frozen offset of a state that comes in one page is not told: it lies below what was missed.
    if (!at_) at_ = position{reply.epoch, reply.publications.empty() ? from : reply.publications.front()->offset - 1};
    take_state(reply);
    take_missed(reply, from);
    at_->epoch = reply.epoch;
    whole_ = true;
    must(view_ == truth.state_at(from), name() + " has the state");
    return;
  }
  if (reply.recovered) {
    ++counts_.recovered;
    must(asked_.recover && reply.offset == asked_.offset, name() + " recovers from where it was");
    at_ = position{reply.epoch, reply.offset};
    take_missed(reply, from);
    return;
  }
  if (asked_.recover) {
    must((asked_.flag & 2) == 0, name() + " would have been told 112");
    ++counts_.resets;
    check_reset();
  }
  must(reply.publications.empty() && reply.offset == from, name() + " starts from the top");
  at_ = position{reply.epoch, from};
}

void sim_subscriber::on_push(const publication& told) {
  const auto& truth = world_.truth();
  must(told.offset > at_->offset, name() + " is told a change once, in order");
  must(map_ ? !truth.keyed_between(at_->offset, told.offset) : told.offset == at_->offset + 1, name() + " misses no change");
  must(told == *truth.at(told.offset), name() + " is told what is stored");
  if (told.offset == 1) at_->epoch = told.epoch;
  at_->offset = told.offset;
  if (map_) apply(told);
}

void sim_subscriber::on_resumed(const std::vector<change>& missed, std::uint64_t up_to) {
  ++counts_.resumed;
  const auto& truth = world_.truth();
  for (const auto& [told, before] : missed) {
    must(told->offset > at_->offset && told->offset <= up_to, name() + " does not go back");
    must(!truth.at(told->offset)->key->empty() && told->data == truth.at(told->offset)->data, name() + " is told what is stored");
    if (told->offset == 1) at_->epoch = told->epoch;
    at_->offset = told->offset;
    apply(*told);
  }
  must(up_to >= at_->offset, name() + " does not go back");
  at_->offset = up_to;
  must(!whole_ || view_ == truth.state_at(up_to), name() + " has the state after what it missed");
}

void sim_subscriber::apply(const publication& told) {
  if (told.removed) {
    view_.erase(*told.key);
  } else {
    view_.insert_or_assign(*told.key, entity_document{*told.key, told.offset, told.time_ms, told.data, told.tags, told.expires_ms});
  }
}

void sim_subscriber::on_lost() { leave(); }

// History is gone, or too much of it is missing.
void sim_subscriber::check_reset() const {
  const auto& truth = world_.truth();
  const bool known = asked_.epoch.empty() || asked_.epoch == truth.epoch();
  must(!known || asked_.offset + 1 < world_.trimmed_to() || truth.top() - asked_.offset > limit_.recovery_publications_max,
       name() + " starts anew only if it must");
}

}  // namespace tidewire::test
