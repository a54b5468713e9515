#include "tests/actors/sim/disk.hpp"

#include <map>
#include <string>
#include <utility>

namespace tidewire::test {

result<void> sim_disk::write(std::span<const storage::append> appends, bool sync) {
  if (write_odds_ && by_.one_in(*write_odds_)) fail_write(1, by_.one_in(2) ? write_fault::refuse : write_fault::lose_answer);
  const auto top_of = [this](const storage::append& each) {
    const auto record = inner().room(each.room).value();
    return record && record->epoch == each.epoch ? record->top : 0;
  };
  std::vector<bool> news;
  std::map<std::string, std::int64_t> entities;
  for (const auto& each : appends) {
    news.push_back(top_of(each) < each.publications.back()->offset);
    entities.try_emplace(each.room, static_cast<std::int64_t>(inner().entities(each.room).value()));
  }
  auto done = faulty_store::write(appends, sync);
  must(done || done.error().code == errc::storage_refused, "an append keeps the rules of the store: " + (done ? "" : done.error().detail));
  for (std::size_t i = 0; i < appends.size(); ++i) {
    if (!news[i] || top_of(appends[i]) < appends[i].publications.back()->offset) continue;
    log_.emplace_back(appends[i]);
    truth_.record(appends[i]);
    entities[appends[i].room] += appends[i].more_entities;
  }
  for (const auto& [room, count] : entities)
    must(static_cast<std::int64_t>(inner().entities(room).value()) == count, "an append says how many more entities there are");
  if (done && sync) synced_ = log_.size();
  return done;
}

result<bool> sim_disk::write_at_once(std::span<const storage::append> appends) {
  if (slow_ || by_.one_in(8)) return false;
  return write(appends, false).map([] { return true; });
}

result<void> sim_disk::trim(std::string_view room, std::uint64_t first) {
  auto done = faulty_store::trim(room, first);
  if (!done) return done;
  log_.emplace_back(trimmed{std::string(room), first});
  return done;
}

result<void> sim_disk::reopen_writes() {
  auto done = faulty_store::reopen_writes();
  if (done) synced_ = log_.size();
  return done;
}

std::unique_ptr<sim_disk> sim_disk::reopened_after_kill() const {
  auto next = std::make_unique<sim_disk>(by_, truth_, write_odds_);
  next->replay(log_, {});
  next->synced_ = synced_;
  return next;
}

std::unique_ptr<sim_disk> sim_disk::reopened_after_power_loss(std::uint64_t boot) const {
  auto next = std::make_unique<sim_disk>(by_, truth_, write_odds_);
  const auto kept = synced_ + by_.below(log_.size() - synced_ + 1);  // the log is cut somewhere behind what was synced
  next->replay(std::span(log_).first(kept), "boot-" + std::to_string(boot));
  next->synced_ = next->log_.size();
  return next;
}

void sim_disk::replay(std::span<const entry> log, const std::string& new_epochs) {
  for (const auto& each : log) {
    if (const auto* cut = std::get_if<trimmed>(&each)) {
      must(inner().trim(cut->room, cut->first).has_value(), "a trim is repeated");
      log_.push_back(each);
      continue;
    }
    auto again = std::get<storage::append>(each);
    if (!new_epochs.empty() && again.kept == durability::wal) {
      again.epoch = new_epochs + '-' + again.room;
      if (auto& first = again.publications.front(); first->offset == 1) {
        auto copy = std::make_shared<publication>(*first);
        copy->epoch = again.epoch;
        first = std::move(copy);
      }
    }
    must(inner().write(std::span(&again, 1), true).has_value(), "an append is repeated");
    log_.emplace_back(std::move(again));
  }
}

}  // namespace tidewire::test
