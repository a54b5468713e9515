#include "tests/actors/sim/history.hpp"

#include <algorithm>
#include <set>

#include "schemas/room_pattern.hpp"
#include "tests/actors/sim/history_options.hpp"

namespace tidewire::test {

history::history(std::uint64_t seed) : by_(seed), options_(small_server(by_)), rooms_(some_rooms(by_)) {
  for (auto& [kind, count] : owed_answers) count = 0;
  world_ = std::make_unique<sim_world>(by_, options_, some_faults(by_), rooms_);
  for (auto i = by_.between(1, 3); i > 0; --i)
    publishers_.push_back(std::make_unique<sim_publisher>(*world_, counts_, "p" + std::to_string(i) + "-"));
  for (auto i = by_.between(1, 4); i > 0; --i) clients_.push_back(std::make_unique<sim_client>(*world_, counts_, some_wishes()));
}

history::~history() {
  world_->office.shut();  // nobody hears anything any more
  for (const auto& each : clients_) each->forget();
  world_.reset();
}

// Of different channels, for a connection has one subscription to each.
std::vector<wish> history::some_wishes() {
  std::set<std::string> channels(rooms_.begin(), rooms_.end());
  for (const auto& room : rooms_)
    if (by_.one_in(4)) channels.insert(room.substr(0, 2) + "*");
  std::vector<wish> wishes;
  for (const auto& each : channels)
    if (wishes.empty() || by_.one_in(2)) wishes.push_back(some_wish(by_, each));
  return wishes;
}

void history::run() {
  live();
  quieten();
  desert();
  counts_.letters = world_->office.delivered;
  counts_.deaths = world_->deaths;
  counts_.kills = world_->kills;
  counts_.expired = world_->around.expired;
  counts_.resumed = world_->around.resumed;
  counts_.resynchronised = world_->around.resynchronised;
}

void history::live() {
  const std::size_t bursts = by_.one_in(3) ? 3 : 20;  // one in so many
  for (auto actions = by_.between(40, 160); actions > 0; --actions) {
    if (by_.one_in(2)) {
      by_.of(clients_)->act();
    } else {
      for (auto burst = by_.one_in(bursts) ? by_.between(1, 40) : 1; burst > 0; --burst) by_.of(publishers_)->act();
    }
    world_->strike();
    for (auto steps = by_.between(0, 60); steps > 0 && world_->office.step(); --steps) {}
    world_->office.pass(static_cast<std::int64_t>(by_.one_in(40) ? by_.between(500, 20'000) : by_.below(60)));
  }
}

// Mail is read and time passes until that is true; for ever it must not take.
void history::rest(const char* promise, const std::function<std::string()>& why_not, const std::function<void()>& act) {
  for (int rounds = 0;; ++rounds) {
    act();
    for (int steps = 0; steps < 5'000 && world_->office.step(); ++steps) {}
    const auto why = why_not();
    if (why.empty()) return;
    must(rounds < 300, std::string(promise) + ": " + why);
    world_->office.pass(250);
  }
}

// Without faults, everything that was begun comes to an end, and everybody is shown everything.
void history::quieten() {
  world_->calm();
  for (const auto& each : publishers_) each->no_more();
  rest(
      "everybody is served in the end", [this] { return why_not_quiet(); },
      [this] {
        for (const auto& each : publishers_)
          if (each->idle()) each->act();
        for (const auto& each : clients_) each->settle();
      });
  world_->check_stores();
}

std::string history::why_not_quiet() const {
  for (const auto& each : publishers_)
    if (!each->finished()) return "a publisher waits for an answer";
  for (const auto& each : clients_)
    if (auto why = each->why_not(); !why.empty()) return why;
  if (auto why = world_->why_not_quiet(false); !why.empty()) return why;
  std::map<std::string, std::set<std::string>> present;
  for (const auto& each : clients_)
    for (const auto& room : each->present_in())
      if (const auto& prefix = options_of(options_, room).clients_presence_prefix; !prefix.empty())
        present[prefix + room].insert("c" + std::to_string(each->connection_id()));
  return world_->why_not_present(present);
}

// When all are gone, nothing is left of them.
void history::desert() {
  for (const auto& each : clients_) each->leave();
  rest(
      "nothing is left of who is gone", [this] { return world_->why_not_quiet(true); }, [] {});
  world_->check_stores();
}

}  // namespace tidewire::test
