#include "actors/room/catch_up.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "schemas/footprint.hpp"
#include "schemas/limit_hits.hpp"

namespace tidewire {

namespace {

constexpr std::size_t recoveries_max = 4;  // shared at a time, each of tail_bytes_max at most

}  // namespace

void catch_up::subscribe(const subscribe_request& request) {
  if (exceeds<"slots_max">(flows_.size() + paged_ + waiting_.size() >= room_.limit.slots_max))
    return request.reply->answer(fail(errc::too_many_requests, "too many subscribers of this room are catching up; try again shortly"));
  flow at;
  at.request = request;
  at.map = protocol::is_map(request.through->type);
  at.rows_max = std::clamp<std::size_t>(request.command.limit == 0 ? room_.limit.page_rows_default : request.command.limit, 1,
                                        room_.limit.page_rows_max);
  if (const auto page_before = paging_.extract(request.who->session); !page_before.empty()) {
    at.not_before = page_before.mapped().not_before;
    if (page_before.mapped().epoch == room_.epoch) at.told = page_before.mapped().offset;
  }
  at.map ? subscribe_map(std::move(at)) : subscribe_stream(std::move(at));
}

void catch_up::subscribe_stream(flow at) {
  const auto& asked = at.request.command;
  at.frozen = at.reached = room_.top;
  if (caches() && (asked.recover || room_.options.auto_cache_recover)) return subscribe_cached(std::move(at));
  if (!asked.recover) return go_live(at, false);
  at.recovering = true;
  if (!known(at)) return unrecovered(at);
  at.frozen = at.reached = asked.offset;
  collect(std::move(at));
}

// The newest publication is all that a client has to know: it is given that one, unless it has it, wherever it was.
void catch_up::subscribe_cached(flow at) {
  const auto& asked = at.request.command;
  at.recovering = true;
  const bool has_newest = asked.offset == room_.top && asked.epoch == room_.epoch;
  if (has_newest || room_.top == 0) return go_live(at, true);
  if (room_.top < room_.first) return unrecovered(at);  // it is kept no longer
  at.frozen = at.reached = room_.top - 1;
  collect(std::move(at));
}

void catch_up::subscribe_map(flow at) {
  const auto& asked = at.request.command;
  if (asked.phase == static_cast<std::uint32_t>(protocol::subscribe_phase::state)) return state_page(std::move(at));
  at.recovering = asked.recover;
  const bool positioned = asked.recover || asked.phase == static_cast<std::uint32_t>(protocol::subscribe_phase::stream);
  if (positioned && !known(at)) return unrecovered(at);
  if (at.recovering && room_.options.map == map_mode::ephemeral) return unrecovered(at);
  at.frozen = at.reached = positioned ? asked.offset : room_.top;
  collect(std::move(at));
}

void catch_up::state_page(flow at) {
  const auto& asked = at.request.command;
  const bool first = asked.cursor.empty();
  if (first) at.not_before = 0;
  at.frozen = first ? room_.top : asked.offset;
  if (!first && (asked.epoch != room_.epoch || asked.offset > room_.top || asked.offset + 1 < room_.first)) return unrecovered(at);
  at.reached = at.frozen;
  at.last_page = true;
  if (room_.epoch.empty()) return go_live(at, false);
  const shared_pages::name name{asked.cursor, at.rows_max};
  const auto kept = first ? pages_.find_fresh(name) : pages_.find(name, at.frozen);
  const bool usable = kept && (!first || is_near(kept->top));
  room_.held.cache.count(cache_type::page, cache_level::memory, usable);
  if (usable) return take_page(std::move(at), *kept);
  read_page(std::move(at));
}

// Asks a reader, or waits with those who have.
void catch_up::read_page(flow at) {
  const shared_pages::name name{at.request.command.cursor, at.rows_max};
  const auto [found, news] = reads_.try_emplace(name);
  auto& read = found->second;
  ++paged_;
  if (news) {
    read.which = room_.next_ticket();
    read.at_least = room_.top;
  }
  at.reached = std::min(at.reached, read.at_least);
  read.wanted_by.push_back(std::move(at));
  if (news) room_.port.read_state(read.which, name.first, {name.second, room_.limit.page_bytes_max});
}

void catch_up::on_state(ticket which, result<storage::state_page> page) {
  const auto found = std::ranges::find_if(reads_, [&](const auto& each) { return each.second.which == which; });
  if (found == reads_.end()) return;
  auto read = reads_.extract(found);
  auto flows = std::move(read.mapped().wanted_by);
  paged_ -= flows.size();
  if (!page) {
    for (auto& at : flows) at.request.reply->answer(fail(page.error().code, page.error().detail));
    return;
  }
  const auto kept = pages_.put(read.key(), std::move(*page));
  for (auto& at : flows) {
    const bool first = at.request.command.cursor.empty();
    if (!first && kept->top < at.frozen) {  // read before the flow was there
      read_page(std::move(at));
    } else {
      take_page(std::move(at), *kept);
    }
  }
}

void catch_up::take_page(flow at, const shared_pages::page& page) {
  if (page.epoch != room_.epoch) return unrecovered(at);
  if (at.request.command.cursor.empty()) at.frozen = std::min(page.top, room_.top);
  at.reached = at.frozen;
  at.not_before = std::max(at.not_before, page.top);
  at.cursor = page.next;
  at.last_page = at.cursor.empty();
  if (page.newest <= at.frozen) {
    at.state = page.rows;
  } else {  // what is newer than the frozen offset comes with the missed changes
    std::vector<entity_ptr> rows;
    std::ranges::copy_if(page.rows, std::back_inserter(rows), [&](const entity_ptr& row) { return row->version <= at.frozen; });
    at.state = std::move(rows);
  }
  if (!at.last_page) return answer_page(at, protocol::subscribe_phase::state);
  collect(std::move(at));
}

// Gathers the missed changes up to the room's top, from memory if they are there.
void catch_up::collect(flow at) {
  if (at.not_before > room_.top) {
    waiting_.emplace(at.not_before, std::move(at));
    return;
  }
  const bool whole = at.recovering && !at.map;  // a stream's recovery comes in one reply or not at all
  if (at.reached >= room_.top || (!whole && at.missed.size() >= collected_max(at))) return finish(std::move(at));
  const bool in_tail = tail_.covers(at.reached, room_.top) && room_.top - at.reached + at.missed.size() <= collected_max(at);
  room_.held.cache.count(cache_type::stream, cache_level::memory, in_tail);
  if (in_tail) {
    tail_.copy_after(at.reached, at.missed);
    at.reached = room_.top;
    return finish(std::move(at));
  }
  if (at.reached + 1 < room_.first) return unrecovered(at);
  if (exceeds<"recovery_publications_max">(whole && room_.top - at.reached + at.missed.size() > collected_max(at))) return unrecovered(at);
  const auto which = room_.next_ticket();
  const storage::page_limit limit{collected_max(at) - at.missed.size(), room_.limit.recovery_bytes_max};
  const auto after = at.reached;
  flows_.emplace(which, std::move(at));
  room_.port.read_stream(which, after, limit);
}

void catch_up::on_stream(ticket which, result<storage::stream_page> page) {
  const auto found = flows_.find(which);
  if (found == flows_.end()) return;
  auto at = std::move(found->second);
  flows_.erase(found);
  if (!page) return at.request.reply->answer(fail(page.error().code, page.error().detail));
  if (page->epoch != room_.epoch || page->first > at.reached + 1) return unrecovered(at);
  const auto before = at.reached;
  for (auto& each : page->publications) {
    if (each->offset > room_.top) break;  // committed, but the room has not told it yet: it will come live
    at.bytes += bytes_of(*each);
    at.reached = each->offset;
    at.missed.push_back(std::move(each));
  }
  const bool whole = at.recovering && !at.map;
  if (at.reached == before || exceeds<"recovery_bytes_max">(whole && at.bytes > room_.limit.recovery_bytes_max)) return unrecovered(at);
  if (!whole && at.reached < room_.top && at.bytes >= room_.limit.page_bytes_max) return finish(std::move(at));
  collect(std::move(at));
}

void catch_up::finish(flow at) {
  if (caches() && !at.map && at.missed.size() > 1) {  // the room went on meanwhile
    at.missed.erase(at.missed.begin(), at.missed.end() - 1);
    at.frozen = at.missed.front()->offset - 1;
  }
  if (at.reached >= room_.top) return go_live(at, at.recovering);
  // More is missing than fits: the client comes again for the rest.
  if (at.last_page) {
    at.missed.clear();
    return answer_page(at, protocol::subscribe_phase::state);
  }
  answer_page(at, protocol::subscribe_phase::stream);
}

void catch_up::answer_page(flow& at, protocol::subscribe_phase phase) {
  const bool stream = phase == protocol::subscribe_phase::stream;
  subscribe_step step;
  step.page.through = at.request.through;
  step.page.type = at.request.through->type;
  step.page.phase = phase;
  step.page.epoch = room_.epoch;
  step.page.offset = stream ? at.reached : at.frozen;
  step.page.cursor = std::move(at.cursor);
  step.page.state = std::move(at.state);
  std::erase_if(at.missed, [](const auto& each) { return !each->key; });
  step.page.publications = std::move(at.missed);
  paging_[at.request.who->session] = {step.page.offset, at.not_before,
                                      room_.port.steady_ms() + std::int64_t{room_.limit.catchup_s_max} * 1000, room_.told_bytes,
                                      room_.epoch};
  at.request.reply->answer(std::move(step));
}

void catch_up::go_live(flow& at, bool recovered) {
  const auto& asked = at.request.command;
  const auto& terms = at.request.terms;
  const bool kept = room_.options.history_size > 0;
  attach made;
  made.room = room_.name;
  made.who = at.request.who;
  made.through = at.request.through;
  made.from = room_.top;
  made.command_id = at.request.command_id;
  made.reply = at.request.reply;
  made.by_number = (asked.flag & protocol::channel_compaction) != 0;
  auto& told = made.result;
  told.through = made.through;
  told.type = made.through->type;
  told.delta = made.through->delta;
  const bool recoverable = terms.instead.force_recovery.value_or(room_.options.force_recovery) || asked.recoverable || asked.recover;
  const bool positioned = terms.instead.force_positioning.value_or(room_.options.force_positioning) || asked.positioned;
  told.recoverable = kept && (at.map ? room_.options.map != map_mode::ephemeral : recoverable);
  told.positioned = !at.map && (told.recoverable || positioned);
  told.expires = terms.expires;
  told.ttl_s = terms.ttl_s;
  told.publish_debounce_ms = room_.options.publish_debounce_ms;
  told.data = terms.data;
  told.epoch = room_.epoch;
  told.was_recovering = at.recovering;
  told.recovered = recovered;
  told.offset = recovered && !at.map ? at.frozen : room_.top;  // a recovered stream advances from where it was by what is delivered
  told.state = std::move(at.state);
  told.publications = share_missed(at);
  room_.port.attach(std::move(made));
}

// Many who were cut off at once come back from the same offset.
protocol::publication_rows catch_up::share_missed(flow& at) {
  if (at.map) std::erase_if(at.missed, [](const auto& each) { return !each->key; });
  if (at.missed.empty() || !at.recovering) return std::move(at.missed);
  for (const auto& each : recoveries_)
    if (each.from == at.frozen && each.map == at.map) return each.missed;
  std::size_t bytes = 0;
  for (const auto& each : at.missed) bytes += bytes_of(*each);
  protocol::publication_rows rows(std::move(at.missed));
  if (bytes > room_.limit.tail_bytes_max || recoveries_.size() >= recoveries_max || recoveries_held_.full()) return rows;
  recoveries_held_.add(2 * bytes);  // with the texts
  recoveries_.push_back({at.frozen, at.map, rows});
  return rows;
}

void catch_up::forget_recoveries() {
  recoveries_.clear();
  recoveries_held_.become(0);
}

// The position is not in the retained history. A stream starts from the top and says so; a map starts again from a snapshot.
void catch_up::unrecovered(flow& at) {
  if (at.map || (at.request.command.flag & protocol::reject_unrecovered) != 0) return at.request.reply->answer(fail(errc::unrecoverable));
  at.missed.clear();
  go_live(at, false);
}

void catch_up::on_top_moved() {
  forget_recoveries();
  while (!waiting_.empty() && waiting_.begin()->first <= room_.top) {
    auto next = waiting_.extract(waiting_.begin());
    collect(std::move(next.mapped()));
  }
}

// Whether what came after that offset is in memory, and stays in the history for a flow that begins there.
bool catch_up::is_near(std::uint64_t offset) const {
  return offset >= room_.top || (offset + 1 >= room_.first && tail_.covers(offset, room_.top));
}

bool catch_up::caches() const noexcept { return room_.options.force_recovery_mode == recovery_mode::cache; }

// Who came before the first change, and was not shown that one, knows no epoch, and need not have been told what has that offset now. Nor
// does it learn the epoch between the pages of what it missed.
bool catch_up::known(const flow& at) const {
  const auto& asked = at.request.command;
  const bool same = asked.epoch.empty() ? asked.offset == 0 || asked.offset == at.told : asked.epoch == room_.epoch;
  return same && asked.offset <= room_.top;
}

std::size_t catch_up::collected_max(const flow& at) const {
  return at.recovering && !at.map ? room_.limit.recovery_publications_max : room_.limit.page_rows_max;
}

std::uint64_t catch_up::spared_from() const {
  const auto now = room_.port.steady_ms();
  auto lowest = room_.top;
  for (const auto& [session, kept] : paging_)
    if (kept.until_ms > now && room_.told_bytes - kept.told_bytes <= room_.limit.catchup_bytes_max) lowest = std::min(lowest, kept.offset);
  for (const auto& [which, at] : flows_) lowest = std::min(lowest, at.reached);
  for (const auto& [name, read] : reads_)
    for (const auto& at : read.wanted_by) lowest = std::min(lowest, at.reached);
  for (const auto& [top, at] : waiting_) lowest = std::min(lowest, at.reached);
  return lowest;
}

void catch_up::tick() {
  const auto now = room_.port.steady_ms();
  std::erase_if(paging_, [&](const auto& each) { return each.second.until_ms <= now; });
  pages_.tick();
  forget_recoveries();
}

void catch_up::refuse_all(const failure& why) {
  forget_recoveries();
  for (auto& [name, read] : reads_)
    for (auto& at : read.wanted_by) at.request.reply->answer(fail(why.code, why.detail));
  for (auto& [which, at] : flows_) at.request.reply->answer(fail(why.code, why.detail));
  for (auto& [top, at] : waiting_) at.request.reply->answer(fail(why.code, why.detail));
  reads_.clear();
  paged_ = 0;
  flows_.clear();
  waiting_.clear();
  pages_.clear();  // they may show what was not stored in the end
}

}  // namespace tidewire
