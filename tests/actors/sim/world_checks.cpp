// What holds of the server when everything has come to rest.
#include <algorithm>
#include <limits>

#include "schemas/names.hpp"
#include "tests/actors/sim/structure.hpp"

namespace tidewire::test {

namespace {

constexpr storage::page_limit everything{1'000'000, 1'000'000'000};

void check_room(const std::string& name, const ledger& known, const storage::store& disk) {
  const auto record = disk.room(name).value().value_or(storage::room_record{});
  must(record.top == known.top() && (record.top == 0 || record.epoch == known.epoch()), "the store's position is the truth's");
  const auto stream = disk.stream(name, 0, everything, false).value();
  must(stream.publications.size() == record.top + 1 - record.first, "the stream is dense");
  for (const auto& each : stream.publications) must(*each == *known.at(each->offset), "the stream is what was appended");
  const auto truth = known.state_at(known.top());
  const auto state = disk.state(name, {}, everything).value();
  must(state.rows.size() == truth.size(), "the state has the entities of the stream");
  for (const auto& row : state.rows) must(truth.contains(row.key) && truth.at(row.key) == row, "the state is what the stream builds");
  auto due = disk.due({}, std::numeric_limits<std::int64_t>::max(), everything.rows).value();
  std::erase_if(due, [&](const auto& each) { return each.room != name; });
  for (const auto& row : due) {
    const auto found = truth.find(row.key);
    must(found != truth.end() && found->second.expires_ms == row.expires_ms && found->second.version == row.version,
         "a row of expiry has its entity");
  }
  const auto expiring = std::ranges::count_if(truth, [](const auto& each) { return each.second.expires_ms != 0; });
  must(static_cast<std::ptrdiff_t>(due.size()) == expiring, "an entity that expires has its row");
}

}  // namespace

void sim_world::check_stores() const {
  for (const auto& [name, known] : known_.rooms()) check_room(name, known, known.options().kept == durability::memory ? *memory_ : *disk_);
}

std::string sim_world::why_not_quiet(bool deserted) const {
  if (!parts_) return "the process is down";
  const auto& all = *parts_;
  if (!all.writer || !all.journal || !all.memory_journal || !all.directory || !all.rooms || !all.broadcaster || !all.presence)
    return "an actor is to be started again";
  const auto told = all.broadcaster->statistics();
  if (told.pending_bytes != 0 || told.in_flight_bytes != 0) return "the broadcaster has something to tell";
  for (const auto& [which, each] : lives_.back()->connections)
    if (!each->quiet()) return "something waits for a client, or from it";
  for (const auto& [kind, count] : owed_answers)
    if (count != 0) return std::to_string(count) + " answers are owed of type " + std::string(kind);
  if (!deserted) return {};
  if (told.rooms != 0 || told.members != 0) return "the broadcaster has an audience that is gone";
  if (!all.sessions.empty()) return "a session has no connection";
  if (all.presence->size() != 0) return "somebody is present who is gone";
  if (all.rooms->size() != 0 || all.directory->live_rooms() != 0) return "a quiet room does not retire";
  if (!lives_.back()->entities.empty()) return "an entity outlives its room";
  return {};
}

std::string sim_world::why_not_present(const std::map<std::string, std::set<std::string>>& expected) const {
  for (const auto& [name, known] : known_.rooms()) {
    if (known.options().serves != room_use::clients) continue;
    std::set<std::string> present;
    for (const auto& [key, document] : known.state_at(known.top())) present.insert(key);
    const auto wanted = expected.find(name);
    if (present != (wanted == expected.end() ? std::set<std::string>{} : wanted->second)) return name + " does not say who is present";
  }
  return {};
}

}  // namespace tidewire::test
