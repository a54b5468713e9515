// The state among real I/O threads: what jobs read on them is not what the broadcaster changes meanwhile.
#include <atomic>
#include <future>
#include <random>
#include <thread>

#include "tests/actors/fanout/stage.hpp"
#include "tests/support/catch.hpp"
#include "transport/io_threads.hpp"

using namespace tidewire;
using namespace tidewire::test;

namespace {

class real_io final : public fanout_port {
 public:
  std::size_t io_threads() const noexcept override { return threads_.size(); }
  void post(std::size_t thread, std::function<void()> job) override { threads_.post(thread, std::move(job)); }
  std::function<void()> when_drained() override {
    return [this] { mail_.fetch_add(1); };
  }
  void read_states(ticket, const std::string&, const std::string&, const std::string&, storage::page_limit) override {}
  void ask_when_told() override {}
  std::uint64_t next_channel() override { return 1; }
  void note_presence(const std::string&, const client_info&, bool) override {}
  void note_occupied(const std::string&, bool) override {}
  void note_told(const std::string&, std::size_t, std::size_t) override {}
  std::chrono::steady_clock::time_point now() const noexcept override { return {}; }
  void wake_at(std::chrono::steady_clock::time_point) override {}

  std::size_t take_mail() { return mail_.exchange(0); }
  // Until all jobs posted so far have run.
  void wait() {
    for (std::size_t thread = 0; thread < threads_.size(); ++thread) {
      std::promise<void> reached;
      threads_.post(thread, [&] { reached.set_value(); });
      reached.get_future().wait();
    }
  }

 private:
  std::atomic<std::size_t> mail_{0};
  transport::io_threads threads_{2};
};

struct membership {
  listener who;
  std::uint64_t from = 0;
  std::uint64_t until = 0;  // 0: to the end
};

}  // namespace

TEST_CASE("members come and go while the I/O threads deliver") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 chance(seed);
  real_io io;
  broadcaster_state state(io, limits{}, 1);
  const auto answer = std::make_shared<kept_reply<subscribe_step>>();
  std::vector<membership> all;
  std::uint64_t top = 0;
  const auto return_credit = [&] {
    for (auto due = io.take_mail(); due > 0; --due) state.drained();
  };

  for (int step = 0; step < 3'000; ++step) {
    const auto choice = chance() % 4;
    if (choice == 0) {
      auto who = std::make_shared<subscriber>();
      who->session = all.size() + 1;
      auto out = std::make_shared<fake_outbox>(who->session, chance() % 2);
      who->out = out;
      state.handle(attach{"room", who, plain_view(subscription_type::stream), top, 1, {}, answer});
      all.push_back({{out, who}, top, 0});
    } else if (choice == 1 && !all.empty() && chance() % 2 == 0) {
      auto& chosen = all[chance() % all.size()];
      if (chosen.until != 0 || top == 0) continue;
      chosen.until = top;
      state.handle(detach{"room", chosen.who.who->session, chosen.who.out,
                          std::make_shared<parting_frame>(chosen.who.out, make_frame(frame_opcode::text, R"({"id":2,"unsubscribe":{}})"))});
    } else {
      state.handle(run{"room", changes({keyless(top + 1)}), 0, 0, nullptr});
      ++top;
    }
    return_credit();
  }
  while (state.statistics().in_flight_bytes + state.statistics().pending_bytes > 0) {
    io.wait();
    return_credit();
  }
  io.wait();

  for (const auto& each : all) {
    std::vector<std::uint64_t> expected;
    for (auto offset = each.from + 1; offset <= (each.until != 0 ? each.until : top); ++offset) expected.push_back(offset);
    REQUIRE(each.who.offsets("room") == expected);
  }
}
