#include "actors/lifecycle/lifecycle_state.hpp"

#include "tests/support/catch.hpp"

using namespace tidewire;

namespace {

using lines = std::vector<std::string>;

class stage : public lifecycle_port {
 public:
  void publish(ticket which, const std::string& room, publish_request request) override {
    CHECK(room == "$sys");
    CHECK(request.by_server);
    under_way = which;
    sent.clear();
    ids.clear();
    for (const auto& each : request.operations) {
      CHECK_FALSE(each.key);
      sent.push_back(each.data);
      ids.push_back(each.once.value().id);
    }
  }
  void wake_after(std::uint32_t) override { ++wakes; }
  void note_start_told() override { ++starts_told; }
  void happens(lifecycle_event::kind what, std::string room = {}, client_info who = {}) {
    state.handle({what, std::move(room), std::move(who)});
  }
  void answer(bool well = true) {
    state.on_published(std::exchange(under_way, 0), well ? result<published>(published{}) : fail(errc::unavailable));
  }

  ticket under_way = 0;
  lines sent;
  lines ids;
  int wakes = 0;
  int starts_told = 0;
  lifecycle_state state{"start", *this};
};

}  // namespace

TEST_CASE("what happens is told in order, with what has gathered meanwhile") {
  stage s;
  s.happens(lifecycle_event::kind::client_connected, {}, {"ann", "c1", {}, {}});
  CHECK(s.sent == lines{R"({"event":"client_connected","client":"c1","user":"ann"})"});
  s.happens(lifecycle_event::kind::room_occupied, "game:1");
  s.happens(lifecycle_event::kind::room_vacated, "game:1");
  CHECK(s.sent.size() == 1);
  s.answer();
  CHECK(s.sent == lines{R"({"event":"room_occupied","room":"game:1"})", R"({"event":"room_vacated","room":"game:1"})"});
  s.answer();
  CHECK(s.under_way == 0);
  s.happens(lifecycle_event::kind::client_disconnected, {}, {"", "c1", {}, {}});
  CHECK(s.sent == lines{R"({"event":"client_disconnected","client":"c1","user":""})"});
}

TEST_CASE("no more is told at a time than its room takes ids") {
  stage s;
  lifecycle_state small("small", s, 2);
  for (const auto* room : {"a", "b", "c", "d"}) small.handle({lifecycle_event::kind::room_occupied, room, {}});
  CHECK(s.sent.size() == 1);
  small.on_published(s.under_way, published{});
  CHECK(s.sent.size() == 2);
  small.on_published(s.under_way, published{});
  CHECK(s.sent == lines{R"({"event":"room_occupied","room":"d"})"});
}

TEST_CASE("what could not be told is told again, under the same id") {
  stage s;
  s.happens(lifecycle_event::kind::room_occupied, "a");
  const auto ids = s.ids;
  s.answer(false);
  CHECK(s.wakes == 1);
  s.state.on_wake();
  CHECK(s.ids == ids);
  s.happens(lifecycle_event::kind::room_occupied, "b");
  s.answer();
  CHECK(s.ids != ids);
  CHECK(s.sent == lines{R"({"event":"room_occupied","room":"b"})"});
}

TEST_CASE("the start is told first, under the id of the run until it is known to have been told") {
  stage s;
  s.state.tell_start("run", storage::last_stop::unclean);
  CHECK(s.sent == lines{R"({"event":"server_started","previous":"unclean"})"});
  CHECK(s.ids == lines{"run"});
  s.happens(lifecycle_event::kind::room_occupied, "a");
  s.answer(false);
  CHECK(s.starts_told == 0);

  stage next;  // the actor has died meanwhile
  next.state.tell_start("run", storage::last_stop::unclean);
  next.happens(lifecycle_event::kind::server_stopping);
  CHECK(next.ids == s.ids);
  next.answer();
  CHECK(next.sent == lines{R"({"event":"server_stopping"})"});
  CHECK(next.starts_told == 1);
  next.answer();
  CHECK(next.starts_told == 1);

  stage later;
  later.state.tell_lost();
  CHECK(later.sent == lines{R"({"event":"events_lost"})"});
  later.answer();
  CHECK(later.starts_told == 0);
}

TEST_CASE("a flood is bounded, and what is lost is counted") {
  stage s;
  for (std::size_t i = 0; i < lifecycle_state::waiting_max + 5; ++i)
    s.happens(lifecycle_event::kind::room_occupied, "r" + std::to_string(i));
  CHECK(s.sent.size() == 1);
  s.answer();
  CHECK(s.sent.size() == lifecycle_state::batch_max);
  s.happens(lifecycle_event::kind::room_occupied, "last");
  lines told;
  while (s.under_way != 0) {
    told.insert(told.end(), s.sent.begin(), s.sent.end());
    s.answer();
  }
  REQUIRE(told.size() == lifecycle_state::waiting_max + 1);  // without the first, which had been sent
  CHECK(told.at(told.size() - 2) == R"({"event":"events_lost","count":5})");
  CHECK(told.back() == R"({"event":"room_occupied","room":"last"})");
}
