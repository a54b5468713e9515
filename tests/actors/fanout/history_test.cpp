// Random histories: runs, attaches and detaches at any point, jobs that finish in any order between threads. Every member must hear its
// reply first, then exactly the offsets above its start until its detach, in order, then the reply to that.
#include <map>
#include <random>

#include "tests/actors/fanout/stage.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::test;

namespace {

constexpr std::size_t threads = 3;

struct room_model {
  std::string name;
  std::uint32_t delay_ms = 0;
  std::uint32_t batch_max = 0;
  std::vector<publication_ptr> history;

  std::uint64_t top() const { return history.size(); }
};

// One subscription, from attach to detach or the end of the test.
struct subscription {
  listener who;
  std::size_t room;
  subscription_type type;
  std::uint64_t from;
  std::optional<std::uint64_t> until;
};

class history {
 public:
  explicit history(unsigned seed) : chance_(seed), on_(threads, small_limits()) {
    rooms_ = {{"plain", 0, 0, {}}, {"windowed", 20, 5, {}}, {"other", 0, 0, {}}};
  }

  void play(int steps) {
    for (int i = 0; i < steps; ++i) step();
    on_.io.time += std::chrono::seconds(1);
    on_.state.tick();
    on_.settle();
    for (const auto& each : subscriptions_) check(each);
    check_shared_frames();
    CHECK(on_.state.statistics().resets == 0);
    CHECK(on_.state.statistics().pending_bytes == 0);
    CHECK(on_.state.statistics().in_flight_bytes == 0);
  }

 private:
  static limits small_limits() {
    limits limit;
    limit.run_bytes_max = 500;
    limit.pending_run_bytes_max = 20'000;
    return limit;
  }

  std::size_t up_to(std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(chance_); }

  void step() {
    switch (up_to(10)) {
      case 0: return join();
      case 1: return leave();
      case 2: return wait();
      case 3:
      case 4:
      case 5: return publish();
      default: return work();
    }
  }

  void publish() {
    auto& room = rooms_[up_to(rooms_.size())];
    std::vector<publication_ptr> news;
    for (auto count = 1 + up_to(4); count > 0; --count) {
      const auto offset = room.top() + 1;
      room.history.push_back(up_to(2) == 0 ? keyed(offset, up_to(300)) : keyless(offset, up_to(300)));
      news.push_back(room.history.back());
    }
    on_.tell(room.name, news, room.delay_ms, room.batch_max);
  }

  void join() {
    const auto room = up_to(rooms_.size());
    const auto type = up_to(2) == 0 ? subscription_type::stream : subscription_type::map;
    subscriptions_.push_back({on_.connect(up_to(threads)), room, type, rooms_[room].top(), {}});
    const auto& made = subscriptions_.back();
    REQUIRE(on_.attach(made.who, rooms_[room].name, made.from, type));
  }

  void leave() {
    if (subscriptions_.empty()) return;
    auto& chosen = subscriptions_[up_to(subscriptions_.size())];
    if (chosen.until) return;
    const auto& room = rooms_[chosen.room];
    chosen.until = room.top();
    on_.detach(chosen.who, room.name);
  }

  void wait() {
    on_.io.time += std::chrono::milliseconds(up_to(15));
    on_.state.tick();
  }

  // An I/O thread does its next job; credits may arrive late.
  void work() {
    on_.io.run_one(up_to(threads));
    if (up_to(2) != 0) return;
    for (auto due = on_.io.take_mail(); due > 0; --due) on_.state.drained();
  }

  void check(const subscription& one) const {
    const auto& room = rooms_[one.room];
    std::vector<std::uint64_t> expected;
    for (const auto& each : room.history) {
      const bool told = one.type == subscription_type::stream || each->key;
      if (told && each->offset > one.from && each->offset <= one.until.value_or(room.top())) expected.push_back(each->offset);
    }
    CHECK(one.who.offsets(room.name) == expected);
    const auto heard = one.who.heard();
    REQUIRE(heard.size() == 1 + expected.size() + (one.until ? 1 : 0));
    CHECK(heard.front().contains("subscribe"));
    if (one.until) CHECK(heard.back().contains("unsubscribe"));
  }

  // Equal bytes are the same frame: nothing is encoded twice for one audience.
  void check_shared_frames() const {
    std::map<std::pair<int, std::string>, frame_ptr> first;
    for (const auto& each : subscriptions_) {
      for (const auto& written : each.who.out->written) {
        if (written->bytes.find("\"push\"") == std::string::npos) continue;
        const auto kept = first.emplace(std::pair{static_cast<int>(each.type), written->bytes}, written).first->second;
        CHECK(kept == written);
      }
    }
  }

  std::mt19937 chance_;
  stage on_;
  std::vector<room_model> rooms_;
  std::vector<subscription> subscriptions_;
};

}  // namespace

TEST_CASE("every member hears exactly what lies between its attach and its detach, in order") {
  const auto base = std::random_device{}();
  for (unsigned i = 0; i < 100; ++i) {
    INFO("seed " << base + i);
    history(base + i).play(400);
  }
}
