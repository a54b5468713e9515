#include "schemas/statistics/publish_trace.hpp"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "schemas/statistics/cycle_clock.hpp"

namespace tidewire {

namespace {

// What was noted in the handler that runs on this thread.
struct noted {
  std::uint64_t trace = 0;
  std::vector<publish_record::passage> passages;
};

// This thread, as that trace knows it.
struct known_thread {
  std::uint64_t trace = 0;
  std::uint32_t place = 0;
  std::uint64_t busy_until_ns = 0;  // its last slice ended then
};

noted& notes() {
  thread_local noted mine;
  return mine;
}

known_thread& this_thread() {
  thread_local known_thread mine;
  return mine;
}

// The I/O threads have names; a thread of one actor alone is called as that.
std::string name_of_thread(std::string_view kind) {
  std::array<char, 16> name{};
  pthread_getname_np(pthread_self(), name.data(), name.size());
  const std::string_view given = name.data();
  return std::string(given.starts_with("io-") ? given : kind);
}

}  // namespace

struct publish_trace::recorder {
  std::mutex guard;
  std::uint64_t trace = 0;  // its number
  std::uint64_t begun = 0;
  std::size_t passages = 0;
  publish_record record;
  std::map<std::weak_ptr<const void>, std::uint32_t, std::owner_less<>> by_request;
  std::map<std::string, std::map<std::uint64_t, std::uint32_t>, std::less<>> by_offset;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint32_t> by_asker;

  // REQUIRES for all: guard is held.
  std::uint64_t now_ns() const { return cycle_clock::ns(begun, cycle_clock::now()); }

  void note(std::uint32_t publish, const char* step) const {
    auto& mine = notes();
    if (std::exchange(mine.trace, trace) != trace) mine.passages.clear();
    mine.passages.push_back({publish, now_ns(), step});
  }

  template <class Use>
  void for_each(std::string_view room, std::uint64_t first, std::uint64_t last, Use use) const {
    const auto found = by_offset.find(room);
    if (found == by_offset.end()) return;
    for (auto at = found->second.lower_bound(first); at != found->second.end() && at->first <= last; ++at) use(at->second);
  }

  known_thread& here(std::string_view kind) {
    auto& mine = this_thread();
    if (mine.trace == trace) return mine;
    mine = {trace, static_cast<std::uint32_t>(record.threads.size()), 0};
    record.threads.push_back({::gettid(), name_of_thread(kind)});
    return mine;
  }

  void add(std::string_view kind, std::string_view actor, std::uint64_t from_ns, std::uint64_t to_ns,
           std::vector<publish_record::passage> made) {
    if (record.slices.size() >= slices_max) return static_cast<void>(++record.slices_dropped);
    if (passages + made.size() > passages_max) return static_cast<void>(record.passages_dropped += made.size());
    auto& thread = here(kind);
    from_ns = std::max(from_ns, thread.busy_until_ns);  // both were rounded
    to_ns = std::max(to_ns, from_ns);
    thread.busy_until_ns = to_ns;
    for (auto& each : made) each.at_ns = std::clamp(each.at_ns, from_ns, to_ns);
    passages += made.size();
    record.slices.push_back({thread.place, std::string(kind), std::string(actor), from_ns, to_ns, std::move(made)});
  }
};

publish_trace::recorder& publish_trace::the_recorder() {
  static recorder instance;
  return instance;
}

void publish_trace::start(std::uint64_t sample) {
  auto& all = the_recorder();
  const std::scoped_lock lock(all.guard);
  ++all.trace;
  all.begun = cycle_clock::now();
  all.passages = 0;
  all.record = {};
  all.record.sample = sample;
  on_.store(true, std::memory_order_relaxed);
}

publish_record publish_trace::stop() {
  auto& all = the_recorder();
  const std::scoped_lock lock(all.guard);
  on_.store(false, std::memory_order_relaxed);
  ++all.trace;  // who comes late belongs to none
  all.by_request.clear();
  all.by_offset.clear();
  all.by_asker.clear();
  return std::exchange(all.record, {});
}

void publish_trace::do_begin(const request& what, std::string_view room, std::uint64_t asker, std::uint64_t number) {
  auto& all = the_recorder();
  const std::scoped_lock lock(all.guard);
  if (!on() || all.record.seen++ % all.record.sample != 0) return;
  auto& publishes = all.record.publishes;
  if (publishes.size() >= publishes_max) return static_cast<void>(++all.record.publishes_dropped);
  const auto id = static_cast<std::uint32_t>(publishes.size());
  publishes.push_back({std::string(room), 0, all.now_ns(), 0});
  all.by_request.insert_or_assign(what, id);
  all.by_asker.insert_or_assign({asker, number}, id);
  all.note(id, "publish");
}

void publish_trace::do_pass(const request& what, const char* step) {
  auto& all = the_recorder();
  const std::scoped_lock lock(all.guard);
  if (const auto found = all.by_request.find(what); found != all.by_request.end()) all.note(found->second, step);
}

// The first change stands for all of them: they go on together.
void publish_trace::do_order(const request& what, std::string_view room, std::uint64_t offset) {
  auto& all = the_recorder();
  const std::scoped_lock lock(all.guard);
  const auto found = all.by_request.find(what);
  if (found == all.by_request.end() || all.record.publishes[found->second].offset != 0) return;
  all.record.publishes[found->second].offset = offset;
  auto in = all.by_offset.find(room);
  if (in == all.by_offset.end()) in = all.by_offset.emplace(std::string(room), std::map<std::uint64_t, std::uint32_t>()).first;
  in->second.insert_or_assign(offset, found->second);
  all.note(found->second, "order");
}

void publish_trace::do_pass(std::string_view room, std::uint64_t first, std::uint64_t last, const char* step) {
  auto& all = the_recorder();
  const std::scoped_lock lock(all.guard);
  all.for_each(room, first, last, [&](std::uint32_t id) { all.note(id, step); });
}

void publish_trace::do_answer(std::uint64_t asker, std::uint64_t number) {
  auto& all = the_recorder();
  const std::scoped_lock lock(all.guard);
  const auto found = all.by_asker.find({asker, number});
  if (found == all.by_asker.end()) return;
  all.record.publishes[found->second].answered_ns = all.now_ns();
  all.note(found->second, "answer");
  all.by_asker.erase(found);
}

void publish_trace::do_handled(std::string_view kind, std::string_view actor, std::uint64_t end, std::uint64_t took_ns) {
  auto& mine = notes();
  if (mine.passages.empty()) return;
  auto made = std::exchange(mine.passages, {});
  auto& all = the_recorder();
  const std::scoped_lock lock(all.guard);
  if (!on() || mine.trace != all.trace) return;
  const auto to_ns = cycle_clock::ns(all.begun, end);
  const auto from_ns = to_ns > took_ns ? to_ns - took_ns : 0;
  // What a handler noted that threw is nobody's. Both times were rounded.
  const auto lost = std::erase_if(made, [&](const auto& each) { return each.at_ns + 2 < from_ns; });
  all.record.passages_dropped += lost;
  if (!made.empty()) all.add(kind, actor, from_ns, to_ns, std::move(made));
}

void publish_trace::do_take_along(load& into, std::string_view room, std::uint64_t first, std::uint64_t last) {
  auto& all = the_recorder();
  const std::scoped_lock lock(all.guard);
  if (std::exchange(into.trace, all.trace) != all.trace) into.publishes.clear();
  all.for_each(room, first, last, [&](std::uint32_t id) { into.publishes.push_back(id); });
}

void publish_trace::job::begin() noexcept { begun_ = cycle_clock::now(); }

void publish_trace::job::end() noexcept {
  const auto end = cycle_clock::now();
  auto& all = the_recorder();
  const std::scoped_lock lock(all.guard);
  if (!on() || carried_.trace != all.trace) return;
  const auto from_ns = cycle_clock::ns(all.begun, begun_);
  std::vector<publish_record::passage> made;
  for (const auto id : carried_.publishes) made.push_back({id, from_ns, step_});
  all.add(kind_, kind_, from_ns, cycle_clock::ns(all.begun, end), std::move(made));
}

}  // namespace tidewire
