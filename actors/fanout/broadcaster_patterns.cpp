// Subscriptions to many rooms: the snapshot of all that match, in pages, then what happens in them.
//
// A page comes from the store, which may be ahead of what was told, and behind what is told meanwhile. So a page that was read waits until
// all that can be in it has been told (untold.hpp). Then its rows that have changed since the subscription began are left out, for these
// changes come behind the last page; what the other rows show was told before.
#include <algorithm>
#include <utility>

#include "actors/fanout/broadcaster_state.hpp"
#include "schemas/limit_hits.hpp"
#include "schemas/room_pattern.hpp"

namespace tidewire {

void broadcaster_state::handle(const subscribe_pattern& wanted) {
  const auto& [pattern, request] = wanted;
  const auto& asked = request.command;
  const bool map = protocol::is_map(request.through->type);
  const bool positioned = asked.recover || asked.phase == static_cast<std::uint32_t>(protocol::subscribe_phase::stream);
  if (positioned && (map || (asked.flag & protocol::reject_unrecovered) != 0)) return request.reply->answer(fail(errc::unrecoverable));
  if (map && asked.phase == static_cast<std::uint32_t>(protocol::subscribe_phase::state)) return read_page(pattern, request);
  go_live({pattern, request, 0, {}}, {}, {});
}

void broadcaster_state::read_page(const std::string& pattern, const subscribe_request& request) {
  const auto& asked = request.command;
  if (exceeds<"slots_max">(pages_.size() >= limit_.slots_max)) return request.reply->answer(fail(errc::too_many_requests));
  const bool first = asked.cursor.empty();
  const auto after = first ? room_key{} : read_key_of_room(asked.cursor);
  if (!after) return request.reply->answer(fail(errc::bad_request, "no such cursor"));
  auto* feed = patterns_.find(pattern);
  if (!first && (!feed || asked.epoch != std::to_string(start_) || !feed->covers(asked.offset)))
    return request.reply->answer(fail(errc::unrecoverable));
  if (!feed) feed = &feed_of(pattern);
  const auto above = first ? feed->position() : asked.offset;
  feed->keep(request.who->session, above, port_.now() + std::chrono::seconds(limit_.catchup_s_max));
  const auto rows = std::clamp<std::size_t>(asked.limit == 0 ? limit_.page_rows_default : asked.limit, 1, limit_.page_rows_max);
  const auto which = ++last_ticket_;
  pages_.emplace(which, pattern_page{pattern, request, above, {}});
  port_.read_states(which, pattern, after->room, after->key, {rows, limit_.page_bytes_max});
}

void broadcaster_state::on_states(ticket which, result<storage::states_page> page) {
  const auto found = pages_.find(which);
  if (found == pages_.end()) return;
  if (!page) {
    found->second.request.reply->answer(fail(page.error().code, page.error().detail));
    pages_.erase(found);
    return;
  }
  found->second.read = std::move(*page);
  unsettled_.push_back(which);
  if (settling_.empty()) settle_pages();
}

void broadcaster_state::settle_pages() {
  settling_ = std::exchange(unsettled_, {});
  port_.ask_when_told();
}

void broadcaster_state::on_all_told() {
  for (const auto which : std::exchange(settling_, {})) {
    auto page = pages_.extract(which);
    answer_page(std::move(page.mapped()));
  }
  if (!unsettled_.empty()) settle_pages();
}

void broadcaster_state::answer_page(pattern_page page) {
  auto* feed = patterns_.find(page.pattern);
  const auto& request = page.request;
  if (!feed || !feed->covers(page.above)) return request.reply->answer(fail(errc::unrecoverable));
  std::vector<entity_ptr> rows;
  for (const auto& [room, document] : page.read.rows) {
    auto row = as_of_room(room, document);
    if (!feed->changed_since(row.key, page.above)) rows.push_back(std::make_shared<const entity_document>(std::move(row)));
  }
  if (!page.read.more) {
    std::vector<publication_ptr> changed;
    for (auto& each : feed->since(page.above)) changed.push_back(std::move(each.told));
    feed->release(request.who->session);
    return go_live(std::move(page), std::move(rows), std::move(changed));
  }
  feed->keep(request.who->session, page.above, port_.now() + std::chrono::seconds(limit_.catchup_s_max));
  const auto& last = page.read.rows.back();
  subscribe_step step;
  step.page.through = request.through;
  step.page.type = request.through->type;
  step.page.phase = protocol::subscribe_phase::state;
  step.page.epoch = std::to_string(start_);
  step.page.offset = page.above;
  step.page.cursor = key_of_room(last.room, last.document.key);
  step.page.state = std::move(rows);
  request.reply->answer(std::move(step));
}

void broadcaster_state::go_live(pattern_page page, std::vector<entity_ptr> rows, std::vector<publication_ptr> changed) {
  feed_of(page.pattern);
  const auto& request = page.request;
  const auto members = find(page.pattern);
  attach made;
  made.room = page.pattern;
  made.who = request.who;
  made.through = request.through;
  made.from = members ? members->told : 0;
  made.command_id = request.command_id;
  made.reply = request.reply;
  made.by_number = (request.command.flag & protocol::channel_compaction) != 0;
  auto& told = made.result;
  told.through = request.through;
  told.type = request.through->type;
  told.delta = request.through->delta;
  told.expires = request.terms.expires;
  told.ttl_s = request.terms.ttl_s;
  told.data = request.terms.data;
  told.was_recovering = request.command.recover;
  told.state = std::move(rows);
  told.publications = std::move(changed);
  handle(made);
  forget_if_unused(page.pattern);
}

// To everybody who watches many rooms, this one among them.
void broadcaster_state::tell_patterns(const run& news) {
  if (patterns_.empty()) return;
  std::vector<std::string> matching;
  patterns_.for_each_of(news.room, [&](std::string pattern, const pattern_feed&) { matching.push_back(std::move(pattern)); });
  if (matching.empty()) return;
  if (!news.fresh) return restart_patterns(news.room);
  std::vector<change> shown;
  shown.reserve(news.changes.size());
  for (const auto& each : news.changes)
    shown.push_back({std::make_shared<const publication>(as_of_room(news.room, *each.told)), each.before});
  for (const auto& pattern : matching) {
    patterns_.find(pattern)->add(shown, port_.now());
    const auto members = find(pattern);
    members ? take(members, shown, news) : forget_if_unused(pattern);
  }
}

// What they were told of that room, and what their pages hold of it, need not fit together any more.
void broadcaster_state::restart_patterns(const std::string& room) {
  std::vector<std::string> matching;
  patterns_.for_each_of(room, [&](std::string pattern, pattern_feed& feed) {
    feed.restart();
    matching.push_back(std::move(pattern));
  });
  for (const auto& pattern : matching) {
    if (const auto members = find(pattern)) end_subscriptions(members);
    forget_if_unused(pattern);
  }
}

void broadcaster_state::leave_pages(const detach& leaving) {
  auto* feed = patterns_.find(leaving.room);
  if (!feed) return;
  feed->release(leaving.session);
  forget_if_unused(leaving.room);
}

pattern_feed& broadcaster_state::feed_of(const std::string& pattern) {
  if (auto* feed = patterns_.find(pattern)) return *feed;
  return patterns_.add(pattern, pattern_feed(limit_.recovery_bytes_max, feeds_from_));
}

void broadcaster_state::forget_if_unused(const std::string& pattern) {
  auto* feed = patterns_.find(pattern);
  if (!feed || find(pattern) || !feed->unused(port_.now())) return;
  feeds_from_ = std::max(feeds_from_, feed->position() + 1);
  patterns_.remove(pattern);
}

}  // namespace tidewire
