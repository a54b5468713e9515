#include "actors/supervision/actor_record.hpp"

#include <malloc.h>

#include <algorithm>
#include <array>
#include <caf/abstract_actor.hpp>
#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_control_block.hpp>
#include <chrono>
#include <functional>
#include <mutex>

#include "schemas/statistics/publish_trace.hpp"

namespace tidewire {

namespace {

std::int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void raise(std::atomic<std::uint64_t>& highest, std::uint64_t to) noexcept {
  if (to > highest.load(std::memory_order_relaxed)) highest.store(to, std::memory_order_relaxed);
}

}  // namespace

// Records of about as many actors each; a lock for all of them would make sessions wait for each other.
struct actor_registry::part {
  std::mutex guard;
  actor_record* first = nullptr;

  static std::array<part, 64>& all() {
    static std::array<part, 64> instance;
    return instance;
  }
};

actor_registry::part& actor_registry::part_of(const actor_record& which) {
  auto& all = part::all();
  return all[std::hash<const actor_record*>{}(&which) / 1'024 % all.size()];
}

actor_record::actor_record(actor_kind& kind, const std::string& name, caf::actor_control_block* control)
    : kind_(kind), name_(name), control_(control) {
  kind_.started.fetch_add(1, std::memory_order_relaxed);
  auto& in = actor_registry::part_of(*this);
  const std::scoped_lock lock(in.guard);
  next_ = in.first;
  if (next_ != nullptr) next_->previous_ = this;
  in.first = this;
}

actor_record::~actor_record() {
  note_end();
  auto& in = actor_registry::part_of(*this);
  const std::scoped_lock lock(in.guard);
  (previous_ != nullptr ? previous_->next_ : in.first) = next_;
  if (next_ != nullptr) next_->previous_ = previous_;
}

void actor_record::note_wait(std::uint64_t marked) noexcept {
  marked_at_.store(no_mark, std::memory_order_relaxed);
  raise(longest_wait_ns_, cycle_clock::ns(marked, last_));
}

bool actor_record::note_time(std::uint64_t ns) noexcept {
  last_took_ = ns;
  publish_trace::handled(kind_.name, name_, last_, ns);
  kind_.times.add(ns);
  times_.add(ns);
  time_ns_.store(time_ns_.load(std::memory_order_relaxed) + ns, std::memory_order_relaxed);
  raise(longest_ns_, ns);
  untold_ns_ += ns;
  if (untold_ns_ >= actor_timing::hot_ns) {
    hot_actors().note(name_, untold_ns_, steady_ms());
    untold_ns_ = 0;
  }
  return ns >= actor_timing::slow_ns.load(std::memory_order_relaxed);
}

// The actor is held by the handle, so its record stays.
std::optional<actor_view> actor_registry::see(const caf::actor& which) {
  auto* const known = dynamic_cast<recorded_actor*>(caf::actor_cast<caf::abstract_actor*>(which));
  if (known == nullptr) return std::nullopt;
  const auto& record = known->record();
  const std::scoped_lock lock(part_of(record).guard);
  return view(record, cycle_clock::now());
}

std::size_t actor_record::memory_bytes() const noexcept { return malloc_usable_size(control_) + held_.load(std::memory_order_relaxed); }

// All that is needed to know whether an actor is among the first: there may be a hundred thousand, of which fifty are shown.
std::uint64_t actor_registry::measure(const actor_record& of, actor_order by, std::uint64_t now) {
  const auto get = [](const auto& counter) { return counter.load(std::memory_order_relaxed); };
  switch (by) {
    case actor_order::mailbox: return of.depth();
    case actor_order::wait: return of.oldest_wait_ns(now);
    case actor_order::time: return get(of.time_ns_);
    case actor_order::p99: return of.p99_ns();
    case actor_order::longest: return get(of.longest_ns_);
    case actor_order::handled: return of.handled();
    case actor_order::memory: return of.memory_bytes();
  }
  return 0;
}

actor_view actor_registry::view(const actor_record& of, std::uint64_t now) {
  const auto get = [](const auto& counter) { return counter.load(std::memory_order_relaxed); };
  actor_view seen;
  seen.id = of.control_->aid;
  seen.kind = of.kind_.name;
  seen.name = of.name_;
  seen.mailbox = of.depth();
  seen.oldest_wait_ns = of.oldest_wait_ns(now);
  seen.longest_wait_ns = get(of.longest_wait_ns_);
  seen.handled = of.handled();
  seen.refused = of.refused();
  seen.time_ns = get(of.time_ns_);
  seen.p99_ns = of.p99_ns();
  seen.longest_ns = get(of.longest_ns_);
  seen.restarts = get(of.restarts_);
  seen.memory_bytes = of.memory_bytes();
  if (of.last_error_) seen.last_error = *of.last_error_;
  return seen;
}

actor_registry::answer actor_registry::look(const question& asked) {
  struct place {
    std::uint64_t measure;
    actor_view seen;
  };
  const auto before = [](const place& a, const place& b) { return a.measure != b.measure ? a.measure > b.measure : a.seen.id < b.seen.id; };
  answer all;
  std::vector<place> best;  // a heap with the last of them in front
  const auto now = cycle_clock::now();
  for (auto& in : part::all()) {
    const std::scoped_lock lock(in.guard);
    for (const auto* each = in.first; each != nullptr; each = each->next_) {
      if (each->ended() || (!asked.kind.empty() && each->kind_.name != asked.kind)) continue;
      if (!asked.name.empty() && each->name_.find(asked.name) == std::string::npos) continue;
      ++all.matching;
      const auto measured = measure(*each, asked.by, now);
      if (best.size() >= asked.max) {
        if (best.empty() || measured < best.front().measure) continue;
        if (measured == best.front().measure && each->control_->aid > best.front().seen.id) continue;
        std::ranges::pop_heap(best, before);
        best.pop_back();
      }
      best.push_back({measured, view(*each, now)});
      std::ranges::push_heap(best, before);
    }
  }
  std::ranges::sort_heap(best, before);
  all.actors.reserve(best.size());
  for (auto& each : best) all.actors.push_back(std::move(each.seen));
  return all;
}

void actor_registry::tell(const caf::actor& of, std::uint64_t restarts, const std::string& last_error) {
  auto* const known = dynamic_cast<recorded_actor*>(caf::actor_cast<caf::abstract_actor*>(of));
  if (known == nullptr) return;
  auto& record = known->record();
  const std::scoped_lock lock(part_of(record).guard);
  record.restarts_.store(static_cast<std::uint32_t>(restarts), std::memory_order_relaxed);
  record.last_error_ = last_error.empty() ? nullptr : std::make_unique<const std::string>(last_error);
}

}  // namespace tidewire
