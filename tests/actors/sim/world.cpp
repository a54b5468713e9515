#include "tests/actors/sim/world.hpp"

#include <algorithm>
#include <utility>

#include "tests/actors/sim/structure.hpp"
#include "tests/actors/sim/trace.hpp"

namespace tidewire::test {

sim_world::sim_world(chance& by, const server_options& options, sim_faults faults, std::vector<std::string> rooms)
    : office(by),
      known_(options),
      faults_(faults),
      around{by, office, options, faults_, known_},
      rooms_(std::move(rooms)),
      wire_bytes_max_(by.one_in(2) ? by.between(50, 300) : by.between(100, 3'000)),
      root_(office.open()),
      disk_(std::make_unique<sim_disk>(by, known_, &faults_.write)),
      memory_(std::make_unique<sim_disk>(by, known_, nullptr)) {
  office.on_crash = [this](address dead) { on_crash(dead); };
  start_process();
}

sim_world::~sim_world() {
  office.shut();
  parts_.reset();
}

// ---- a process -----------------------------------------------------------------------------------------------------------

void sim_world::start_process() {
  lives_.emplace_back(new process{.around = around, .disk = *disk_, .memory = *memory_});
  if (const auto budget = around.options.memory_budget; budget != 0) {  // for a few rooms and entities, publications and pages
    auto& held = lives_.back()->held;
    held[memory_part::live].limit = budget / 2;
    held[memory_part::tails].limit = held[memory_part::pages].limit = budget / 32;
    held[memory_part::changes].limit = budget / 8;
  }
  auto& now = *lives_.back();
  parts_ = std::make_unique<structure>();
  now.run = "run-" + std::to_string(lives_.size());
  now.end_session = [this](std::uint64_t which) { end_session(which); };
  for (auto threads = around.by.between(1, 2); threads > 0; --threads) now.io.push_back(office.open());
  now.gateway = office.open();
  start_store(0);
  start_directory();
  start_rooms();
  parts_->expirer = std::make_unique<expirer_part>(now, *disk_);
  parts_->memory_expirer = std::make_unique<expirer_part>(now, *memory_);
  parts_->presence = std::make_unique<presence_part>(now);
  now.presence = parts_->presence.get();
  parts_->lifecycle = std::make_unique<lifecycle_part>(now);
  now.lifecycle = parts_->lifecycle.get();
  start_broadcaster();
}

// What was to be sent on, written or answered goes with it.
void sim_world::end_process(bool power_lost) {
  ++kills;
  trace(office.now_ms(), power_lost ? " the power is lost" : " the process is killed");
  auto& now = *lives_.back();
  for (const auto& each : std::exchange(parts_->links, {}))
    if (const auto still = each.lock()) still->cut();
  for (const auto thread : now.io) office.close(thread);
  office.close(now.gateway);
  now.directory = nullptr;
  now.broadcaster = nullptr;
  now.lifecycle = nullptr;
  now.presence = nullptr;
  parts_.reset();
  now.connections.clear();
  disk_ = power_lost ? disk_->reopened_after_power_loss(kills) : disk_->reopened_after_kill();
  memory_ = std::make_unique<sim_disk>(around.by, known_, nullptr);
  known_.survive(*disk_, power_lost);
  office.wake(root_, static_cast<std::int64_t>(around.by.below(3'000)), [this] { start_process(); });
}

// Children of `store`: who dies takes those after it along.
void sim_world::start_store(std::size_t from) {
  auto& now = *lives_.back();
  if (from <= 0) now.writer = (parts_->writer = std::make_unique<writer_part>(now)).get();
  if (from <= 1) now.journal = (parts_->journal = std::make_unique<journal_part>(now, *disk_, true)).get();
  if (from <= 2) now.memory_journal = (parts_->memory_journal = std::make_unique<journal_part>(now, *memory_, false)).get();
  now.readers.resize(2);
  parts_->readers.resize(2);
  for (std::size_t i = from <= 3 ? 0 : from - 3; i < 2; ++i)
    now.readers[i] = (parts_->readers[i] = std::make_unique<reader_part>(now)).get();
}

void sim_world::start_directory() {
  lives_.back()->directory = (parts_->directory = std::make_unique<directory_part>(*lives_.back())).get();
}

void sim_world::start_rooms() {
  auto& now = *lives_.back();
  now.rooms = (parts_->rooms = std::make_unique<rooms_part>(now)).get();
  if (auto* directory = now.directory) office.post(directory->me(), [directory] { directory->on_supervisor(); });
}

void sim_world::start_broadcaster() {
  auto& now = *lives_.back();
  now.broadcaster_start = now.next_number();
  now.broadcaster = (parts_->broadcaster = std::make_unique<broadcaster_part>(now, now.broadcaster_start)).get();
  if (auto* presence = now.presence) office.post(presence->me(), [presence] { presence->on_broadcaster(); });
  office.post(now.gateway, [&now] {
    for (const auto& [which, each] : now.connections) each->broadcaster_restarted(now.broadcaster_start);
  });
}

// ---- from outside --------------------------------------------------------------------------------------------------------

void sim_world::publish(const std::string& room, publish_request request) {
  auto* directory = parts_ ? lives_.back()->directory : nullptr;
  auto command = std::make_shared<const room_command>(room_command{room, std::move(request)});
  if (directory) office.post(directory->me(), [directory, command = std::move(command)] { directory->on_command(command); });
}

std::shared_ptr<connection> sim_world::connect(address client, peer* listens) {
  if (!parts_) return nullptr;
  auto& now = *lives_.back();
  const auto which = ++connections_;
  auto link = std::make_shared<connection>(now, which, which % now.io.size(), wire_bytes_max_, client, listens);
  now.connections.emplace(which, link.get());
  parts_->links.push_back(link);
  office.post(root_, [this, &now, link] {
    if (parts_ && lives_.back().get() == &now) start_session(link);
  });
  return link;
}

void sim_world::start_session(const std::shared_ptr<connection>& link) {
  parts_->sessions[link->id()] = std::make_unique<session_part>(*lives_.back(), link);
}

void sim_world::end_session(std::uint64_t connection) {
  const auto gone = parts_->sessions.extract(connection);
  std::erase_if(parts_->links, [](const auto& each) { return each.expired(); });
}

// ---- faults --------------------------------------------------------------------------------------------------------------

void sim_world::strike() {
  auto& by = around.by;
  if (by.one_in(faults_.disk)) disk_->break_disk(by.one_in(2) ? write_fault::refuse : write_fault::lose_answer);
  if (by.one_in(20)) disk_->repair();
  if (by.one_in(20)) disk_->be_slow(by.one_in(2));
  if (!parts_) return;
  if (by.one_in(faults_.kill)) return end_process(false);
  if (by.one_in(faults_.power)) end_process(true);
}

void sim_world::calm() {
  faults_ = {};
  disk_->repair();
  disk_->be_slow(false);
}

// At once at first, later after a while.
void sim_world::later(std::function<void()> start) {
  const auto delay_ms = around.by.one_in(3) ? static_cast<std::int64_t>(around.by.below(2'000)) : 0;
  office.wake(root_, delay_ms, [this, life = lives_.size(), start = std::move(start)] {
    if (parts_ && life == lives_.size()) start();
  });
}

std::string sim_world::name_of(address of) const {
  const auto& now = *lives_.back();
  if (const auto entity = now.entities.find(of); entity != now.entities.end()) return "entity " + entity->second->key();
  if (now.rooms && now.rooms->runs(of)) return "a room";
  const auto& all = *parts_;
  const auto is = [of](const auto& which) { return which && which->me() == of; };
  if (is(all.directory)) return "directory";
  if (is(all.rooms)) return "rooms";
  if (is(all.broadcaster)) return "broadcaster";
  if (is(all.journal)) return "journal";
  if (is(all.writer)) return "writer";
  for (const auto& [connection, each] : all.sessions)
    if (each->me() == of) return "session of c" + std::to_string(connection);
  return "another";
}

void sim_world::on_crash(address dead) {
  ++deaths;
  auto& now = *lives_.back();
  auto& all = *parts_;
  const auto is = [dead](const auto& which) { return which && which->me() == dead; };
  trace(office.now_ms(), " dies: ", name_of(dead));
  if (const auto entity = now.entities.find(dead); entity != now.entities.end()) return entity->second->parent().entity_died(dead);
  if (now.rooms && now.rooms->runs(dead)) return now.rooms->died(dead);
  if (crash_of_store(dead)) return;
  if (is(all.directory)) {
    now.directory = nullptr;
    all.directory.reset();
    return later([this] { start_directory(); });
  }
  if (is(all.rooms)) {
    now.rooms = nullptr;
    all.rooms.reset();
    return later([this] { start_rooms(); });
  }
  if (is(all.broadcaster)) {
    now.broadcaster = nullptr;
    all.broadcaster.reset();
    return later([this] { start_broadcaster(); });
  }
  if (is(all.expirer)) {
    all.expirer.reset();
    return later([this] { parts_->expirer = std::make_unique<expirer_part>(*lives_.back(), *disk_); });
  }
  if (is(all.memory_expirer)) {
    all.memory_expirer.reset();
    return later([this] { parts_->memory_expirer = std::make_unique<expirer_part>(*lives_.back(), *memory_); });
  }
  if (is(all.presence)) {
    now.presence = nullptr;
    all.presence.reset();
    return later([this] { lives_.back()->presence = (parts_->presence = std::make_unique<presence_part>(*lives_.back())).get(); });
  }
  if (is(all.lifecycle)) {
    now.lifecycle = nullptr;
    all.lifecycle.reset();
    return later([this] { lives_.back()->lifecycle = (parts_->lifecycle = std::make_unique<lifecycle_part>(*lives_.back())).get(); });
  }
  for (const auto& [connection, each] : all.sessions)
    if (each->me() == dead) return end_session(connection);
  throw violation("who died is known");
}

bool sim_world::crash_of_store(address dead) {
  auto& now = *lives_.back();
  auto& all = *parts_;
  const auto is = [dead](const auto& which) { return which && which->me() == dead; };
  std::size_t from = 5;
  if (is(all.writer)) from = 0;
  if (is(all.journal)) from = 1;
  if (is(all.memory_journal)) from = 2;
  for (std::size_t i = 0; i < all.readers.size(); ++i)
    if (is(all.readers[i])) from = 3 + i;
  if (from == 5) return false;
  for (std::size_t i = all.readers.size(); i > 0 && i + 2 >= from; --i) {
    now.readers[i - 1] = nullptr;
    all.readers[i - 1].reset();
  }
  if (from <= 2) {
    now.memory_journal = nullptr;
    all.memory_journal.reset();
  }
  if (from <= 1) {
    now.journal = nullptr;
    all.journal.reset();
  }
  if (from == 0) {
    now.writer = nullptr;
    all.writer.reset();
  }
  later([this, from] { start_store(from); });
  return true;
}

}  // namespace tidewire::test
