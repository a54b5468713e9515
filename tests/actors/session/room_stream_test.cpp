#include "actors/session/room_stream_state.hpp"

#include <set>

#include "schemas/protocol/view.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;

namespace {

using lines = std::vector<std::string>;

// A world that writes down what it is asked.
class stage final : public room_stream_port {
 public:
  explicit stage(std::string last_id = {}, protocol::subscription_type type = protocol::subscription_type::map)
      : state({7, nullptr, {}, nullptr, protocol::dialect::room_events},
              {"r", protocol::plain_view(type), std::move(last_id), "ada", 1'100}, bounds, *this) {
    state.start();
  }

  std::int64_t now_s() const override { return 1'000 + time_ms / 1'000; }
  std::int64_t steady_ms() const override { return time_ms; }
  void tick_after(std::uint32_t ms) override { ticks.insert(time_ms + ms); }
  std::uint32_t random_below(std::uint32_t) override { return 5; }
  void subscribe(ticket which, const std::string& room, subscribe_request request) override {
    newest = which;
    const auto& what = request.command;
    heard.push_back("subscribe " + room + " type " + std::to_string(what.type) + " phase " + std::to_string(what.phase) + " from " +
                    what.epoch + "." + std::to_string(what.offset) + (what.recover ? " recover" : "") + " cursor " + what.cursor);
  }
  void detach(const std::string& room) override { heard.push_back("detach " + room); }
  void send(const std::string& events) override { heard.push_back("send " + events.substr(0, events.find('\n'))); }
  void beat(const std::string& events) override { heard.push_back("beat " + events.substr(0, events.find('\n'))); }
  void tell_when_drained() override { heard.push_back("wait"); }
  void close(close_code code) override { heard.push_back("close " + std::to_string(static_cast<int>(code))); }

  lines take() { return std::exchange(heard, {}); }
  void answer_page(protocol::subscribe_phase phase, std::string cursor) {
    subscribe_step step;
    step.page.type = protocol::subscription_type::map;
    step.page.phase = phase;
    step.page.epoch = "e";
    step.page.offset = 9;
    step.page.cursor = std::move(cursor);
    state.on_step(newest, std::move(step));
  }
  void answer_live() { state.on_step(newest, subscribe_step{true, 1, {}}); }
  void refuse(errc code) { state.on_step(newest, fail(code)); }
  void advance(std::int64_t ms) {
    const auto end = time_ms + ms;
    while (!ticks.empty() && *ticks.begin() <= end) {
      time_ms = *ticks.begin();
      ticks.erase(ticks.begin());
      state.tick();
    }
    time_ms = end;
  }

  limits bounds;
  lines heard;
  std::set<std::int64_t> ticks;
  std::int64_t time_ms = 0;
  ticket newest = 0;
  room_stream_state state;
};

const std::string from_the_beginning = "subscribe r type 1 phase 2 from .0 cursor ";

}  // namespace

TEST_CASE("without an id it reads pages, each when the last one was taken, and goes live") {
  stage s;
  CHECK(s.take() == lines{"send retry: 1005", from_the_beginning});
  s.answer_page(protocol::subscribe_phase::state, "k1");
  CHECK(s.take() == lines{"send event: snapshot", "wait"});
  s.state.on_drained();
  CHECK(s.take() == lines{"subscribe r type 1 phase 2 from e.9 cursor k1"});
  s.state.on_drained();                                 // nothing was asked for
  s.answer_page(protocol::subscribe_phase::state, "");  // too much happened meanwhile to be told at once
  s.state.on_drained();
  CHECK(s.take() == lines{"send event: snapshot", "wait", "subscribe r type 1 phase 1 from e.9 cursor "});
  s.answer_live();
  CHECK(s.take().empty());
  s.state.leave();
  CHECK(s.take() == lines{"detach r"});
}

TEST_CASE("with an id it goes on from there, in as many steps as it takes, also when nothing of one is for it") {
  stage map("e.5");
  CHECK(map.take() == lines{"send retry: 1005", "subscribe r type 1 phase 1 from e.5 recover cursor "});
  map.answer_page(protocol::subscribe_phase::stream, "");
  map.state.on_drained();
  CHECK(map.take() == lines{"wait", "subscribe r type 1 phase 1 from e.9 recover cursor "});

  stage stream("e.5", protocol::subscription_type::stream);
  CHECK(stream.take() == lines{"send retry: 1005", "subscribe r type 0 phase 0 from e.5 recover cursor "});
}

TEST_CASE("what cannot be gone on from is reset, a few times") {
  stage s("e.5");
  s.take();
  for (int i = 0; i < 3; ++i) {
    s.refuse(errc::unrecoverable);
    CHECK(s.take() == lines{"send event: reset", from_the_beginning});
  }
  s.refuse(errc::unrecoverable);
  CHECK(s.take() == lines{"close 3010"});
  s.refuse(errc::unrecoverable);
  CHECK(s.take().empty());

  stage nonsense("what");
  CHECK(nonsense.take() == lines{"send retry: 1005", "send event: reset", from_the_beginning});
}

TEST_CASE("what goes wrong ends it: a refusal, a lost subscription, silence, an expired token") {
  stage refused;
  refused.take();
  refused.refuse(errc::unavailable);
  CHECK(refused.take() == lines{"close 3010"});

  stage lost;
  lost.answer_live();
  lost.take();
  lost.state.on_lost();
  lost.state.on_lost();
  CHECK(lost.take() == lines{"close 3010"});

  stage silent;
  silent.take();
  silent.advance(25'000);
  CHECK(silent.take() == lines{"close 3010"});

  stage expiring;
  expiring.answer_live();
  expiring.take();
  expiring.advance(99'000);
  CHECK(expiring.take() == lines{"beat : ", "beat : ", "beat : "});
  expiring.advance(1'000);
  CHECK(expiring.take() == lines{"close 3005"});
}
