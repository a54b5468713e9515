// Random histories: a directory, a supervisor and rooms that exchange mail in every order that actors may, while rooms retire and crash and
// the supervisor is lost.
#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <map>
#include <random>
#include <set>

#include "actors/world/directory_state.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;

namespace {

struct odds {
  unsigned crash = 0;  // in a thousand steps
  unsigned supervisor_lost = 0;
  unsigned start_fails = 0;  // in a thousand starts
};

class small_world final : public directory_port<int> {
 public:
  small_world(unsigned seed, odds chances) : chance_(seed), odds_(chances) {}

  void step() {
    if (one_in(odds_.supervisor_lost)) lose_supervisor();
    if (one_in(odds_.crash)) crash_some_room();
    switch (chance_() % 7) {
      case 0: return command(names_[chance_() % names_.size()]);
      case 1: return supervisor_reads();
      case 2:
      case 3: return directory_hears();
      case 4: return some_room_wants_to_go();
      default: return some_room_reads();
    }
  }

  // Nothing new happens until all mail is read.
  void settle() {
    odds_ = {};
    while (!supervisor_lives_ || !to_supervisor_.empty() || !to_directory_.empty() || !wishes_.empty() || !restarting_.empty() ||
           std::ranges::any_of(rooms_, [](const auto& each) { return !each.second.mailbox.empty(); })) {
      supervisor_reads();
      directory_hears();
      for (auto at = rooms_.begin(); at != rooms_.end();) {
        do_work(at->second);
        read_one(at++);
      }
    }
    for (auto& [handle, room] : rooms_) do_work(room);
  }

  void command(const std::string& room) {
    publish_request request;
    request.operations.emplace_back().data = std::to_string(++commands_[room]);
    directory_.on_command(std::make_shared<const room_command>(room_command{room, std::move(request)}));
  }

  // Every command was handled, or died with its room, or was dropped where a start was refused.
  void check_all_accounted_for() {
    for (const auto& [room, count] : commands_) {
      CAPTURE(room, count, handled_[room].size(), died_[room].size());
      if (!refused_.contains(room)) CHECK(handled_[room].size() + died_[room].size() == count);
    }
  }
  // Every room can still be reached.
  void check_reachable() {
    for (const auto& room : names_) {
      command(room);
      settle();
      CAPTURE(room);
      CHECK((!handled_[room].empty() && handled_[room].back() == commands_[room]));
    }
  }
  std::size_t retired() const { return retired_; }
  std::size_t crashed() const { return crashed_; }

 private:
  struct mail {
    room_command_ptr command;
    std::uint64_t adoption = 0;  // 0 without a command: retire
  };
  struct live_room {
    std::string name;
    std::deque<mail> mailbox;
    std::deque<room_command_ptr> working;  // read, not done yet
    std::uint64_t adoption = 0;
    std::uint64_t handled = 0;
  };
  using rooms = std::map<int, live_room>;

  bool one_in(unsigned thousandths) { return thousandths != 0 && chance_() % 1'000 < thousandths; }
  void tell_directory(std::function<void()> news) { to_directory_.push_back(std::move(news)); }

  // ---- directory_port

  void start_room(const std::string& room) override {
    if (supervisor_lives_) return to_supervisor_.push_back(room);
    refuse_start(room, errc::unavailable);
  }
  void send(const int& room, const room_command_ptr& command) override { post(room, {command, 0}); }
  void adopt(const int& room, std::uint64_t adoption) override { post(room, {nullptr, adoption}); }
  void retire(const int& room) override { post(room, {}); }
  void ease(const int&) override {}
  void set_aside(const killed_by&, std::uint32_t, const crash_report&) override { FAIL("no command is deadly here"); }

  void post(int handle, mail what) {
    const auto found = rooms_.find(handle);
    if (found != rooms_.end()) return found->second.mailbox.push_back(std::move(what));
    if (what.command) lose(*what.command);
  }

  // ---- the supervisor

  void supervisor_reads() {
    if (!supervisor_lives_) return start_supervisor();
    if (!restarting_.empty() && chance_() % 2 == 0) {
      const auto room = *restarting_.begin();
      restarting_.erase(restarting_.begin());
      return start(room);
    }
    if (to_supervisor_.empty()) return;
    const auto room = to_supervisor_.front();
    to_supervisor_.pop_front();
    if (one_in(odds_.start_fails)) return refuse_start(room, errc::internal);
    if (known_.contains(room)) return refuse_start(room, errc::conflict);
    known_.insert(room);
    start(room);
  }

  void start(const std::string& room) {
    const auto handle = ++last_handle_;
    rooms_[handle].name = room;
    tell_directory([this, room, handle] { directory_.on_started(room, handle); });
  }

  void refuse_start(const std::string& room, errc why) {
    if (why != errc::conflict) refused_.insert(room);
    tell_directory([this, room, why] { directory_.on_start_failed(room, why); });
  }

  void lose_supervisor() {
    if (!supervisor_lives_) return;
    supervisor_lives_ = false;
    while (!rooms_.empty()) end_room(rooms_.begin());
    for (const auto& room : to_supervisor_) refuse_start(room, errc::unavailable);
    to_supervisor_.clear();
    restarting_.clear();
    known_.clear();
  }

  void start_supervisor() {
    supervisor_lives_ = true;
    tell_directory([this] { directory_.on_supervisor_lost(); });
  }

  // ---- the rooms

  void read_one(rooms::iterator at) {
    auto& room = at->second;
    if (room.mailbox.empty()) return;
    const auto what = std::move(room.mailbox.front());
    room.mailbox.pop_front();
    if (what.command) {
      ++room.handled;
      room.working.push_back(what.command);
    } else if (what.adoption != 0) {
      room.adoption = what.adoption;
      room.handled = 0;
    } else {
      ++retired_;
      CHECK((room.mailbox.empty() && room.working.empty()));  // a room that retires has nothing to do, now or soon
      known_.erase(room.name);
      end_room(at);
    }
  }

  void do_work(live_room& room) {
    for (const auto& command : std::exchange(room.working, {})) note_handled(*command);
  }

  void some_room_reads() {
    if (rooms_.empty()) return;
    const auto at = some_room();
    if (chance_() % 3 == 0) return do_work(at->second);
    read_one(at);
  }

  void some_room_wants_to_go() {
    if (rooms_.empty()) return;
    const auto& room = some_room()->second;
    if (room.working.empty()) wishes_.push_back({room.name, room.adoption, room.handled});
  }

  rooms::iterator some_room() { return std::next(rooms_.begin(), static_cast<std::ptrdiff_t>(chance_() % rooms_.size())); }

  void crash_some_room() {
    if (rooms_.empty()) return;
    ++crashed_;
    const auto victim = some_room();
    restarting_.insert(victim->second.name);
    end_room(victim);
  }

  void end_room(rooms::iterator at) {
    for (const auto& each : at->second.working) lose(*each);
    for (const auto& each : at->second.mailbox)
      if (each.command) lose(*each.command);
    tell_directory([this, room = at->second.name] { directory_.on_ended(room); });
    rooms_.erase(at);
  }

  // ---- what becomes of commands

  static std::uint64_t number_of(const room_command& command) {
    return std::stoull(std::get<publish_request>(command.body).operations.front().data);
  }
  void note_handled(const room_command& command) {
    auto& handled = handled_[command.room];
    const auto number = number_of(command);
    CHECK((handled.empty() || handled.back() < number));
    handled.push_back(number);
  }
  void lose(const room_command& command) { CHECK(died_[command.room].insert(number_of(command)).second); }

  // Rooms' wishes and the supervisor's news come from different senders, in any order.
  void directory_hears() {
    if (!wishes_.empty() && (to_directory_.empty() || chance_() % 2 == 0)) {
      const auto wish = wishes_.front();
      wishes_.pop_front();
      return directory_.on_retire_request(wish);
    }
    if (to_directory_.empty()) return;
    const auto news = std::move(to_directory_.front());
    to_directory_.pop_front();
    news();
  }

  const std::array<std::string, 3> names_{"a", "b", "c"};
  std::mt19937 chance_;
  odds odds_;
  directory_state<int> directory_{*this};
  bool supervisor_lives_ = true;
  std::deque<std::string> to_supervisor_;
  std::deque<std::function<void()>> to_directory_;
  std::deque<retire_request> wishes_;
  std::set<std::string> known_;  // to the supervisor: live, or about to be started again
  std::set<std::string> restarting_;
  rooms rooms_;
  int last_handle_ = 0;
  std::size_t retired_ = 0;
  std::size_t crashed_ = 0;
  std::map<std::string, std::uint64_t> commands_;
  std::map<std::string, std::vector<std::uint64_t>> handled_;
  std::map<std::string, std::set<std::uint64_t>> died_;
  std::set<std::string> refused_;  // a start was refused, which drops what waits for it
};

}  // namespace

TEST_CASE("no command is lost or overtakes another, whenever rooms retire, crash or lose their supervisor") {
  const auto seed = std::random_device{}();
  const auto chances = GENERATE(odds{}, odds{.crash = 30}, odds{.crash = 30, .supervisor_lost = 10}, odds{.start_fails = 100},
                                odds{.crash = 50, .supervisor_lost = 20, .start_fails = 50});
  std::size_t retired = 0, crashed = 0;
  for (unsigned i = 0; i < 200; ++i) {
    CAPTURE(seed, i, chances.crash, chances.supervisor_lost, chances.start_fails);
    small_world world(seed + i, chances);
    for (int step = 0; step < 500; ++step) world.step();
    world.settle();
    world.check_all_accounted_for();
    world.check_reachable();
    retired += world.retired();
    crashed += world.crashed();
  }
  CHECK(retired > 100);  // or nothing was tested
  CHECK((crashed > 100) == (chances.crash > 0));
}
