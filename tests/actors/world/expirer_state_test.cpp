// Which entities are asked to go, and when: against a list of what is due that the test keeps.
#include "actors/world/expirer_state.hpp"

#include <algorithm>

#include "tests/support/catch.hpp"

using namespace tidewire;

namespace {

using lines = std::vector<std::string>;

struct scene final : expirer_port {
  std::int64_t unix_ms = 1'000'000;
  std::int64_t clock_ms = 5'000;
  std::vector<storage::due_entity> stored;  // in order
  std::vector<storage::due_position> looked;
  bool reader_fails = false;
  std::vector<std::pair<ticket, std::string>> asked;
  std::pair<ticket, std::size_t> look{0, 0};
  limits limit;
  expirer_state state{limit, *this};

  scene() { limit.expiry_in_flight_max = 4; }

  std::int64_t now_ms() const override { return unix_ms; }
  std::int64_t steady_ms() const override { return clock_ms; }
  void find_due(ticket which, const storage::due_position& after, std::int64_t now_ms, std::size_t rows) override {
    looked.push_back(after);
    look = {which, rows};
    CHECK(now_ms <= unix_ms);
  }
  void publish(ticket which, const std::string& room, operation what) override {
    CHECK(what.kind == operation_kind::remove);
    REQUIRE(what.only_if.wants == precondition::demand::one_of);
    const auto& tag = what.only_if.tags.at(0);
    asked.emplace_back(which, room + "/" + *what.key + " " + tag.epoch + ":" + std::to_string(tag.version));
  }

  void due(const std::string& room, const std::string& key, std::int64_t at) {
    stored.push_back({at, room, key, 7, "e"});
    std::ranges::sort(stored, {}, [](const auto& row) { return std::tie(row.expires_ms, row.room, row.key); });
  }
  // The reader answers what was asked for last.
  void answer() {
    const auto [which, rows] = std::exchange(look, {});
    REQUIRE(which != 0);
    if (reader_fails) return state.on_due(which, fail(errc::unavailable));
    const auto& after = looked.back();
    std::vector<storage::due_entity> page;
    for (const auto& row : stored)
      if (row.expires_ms <= unix_ms && std::tie(row.expires_ms, row.room, row.key) > std::tie(after.expires_ms, after.room, after.key) &&
          page.size() < rows)
        page.push_back(row);
    state.on_due(which, page);
  }
  void tick() {
    clock_ms += 1'000;
    unix_ms += 1'000;
    state.tick();
  }
  // The room answers the oldest request; a removal that succeeds takes its row away.
  void answer_room(std::optional<errc> refusal = std::nullopt) {
    REQUIRE_FALSE(asked.empty());
    const auto [which, what] = asked.front();
    asked.erase(asked.begin());
    if (refusal) return state.on_removed(which, fail(*refusal));
    std::erase_if(stored, [&](const auto& row) { return what.starts_with(row.room + "/" + row.key + " "); });
    state.on_removed(which, published{});
  }
  // Everything that can happen before the next tick: the room "bad" refuses, the others do not.
  void settle() {
    while (look.first != 0 || !asked.empty()) {
      if (look.first != 0) answer();
      while (!asked.empty()) answer_room(asked.front().second.starts_with("bad/") ? std::optional(errc::storage_refused) : std::nullopt);
    }
  }
  bool is_stored(const std::string& room) const { return std::ranges::find(stored, room, &storage::due_entity::room) != stored.end(); }
  lines names() const {
    lines out;
    for (const auto& [which, what] : asked) out.push_back(what);
    return out;
  }
};

}  // namespace

TEST_CASE("what is due is asked to go, in the version that was due, once") {
  scene s;
  s.due("a", "1", 999'000);
  s.due("b", "2", 999'500);
  s.due("b", "later", 2'000'000);
  s.tick();
  s.answer();
  CHECK(s.names() == lines{"a/1 e:7", "b/2 e:7"});
  s.tick();
  s.answer();
  CHECK(s.asked.size() == 2);  // they are on their way
  s.answer_room();
  s.answer_room();
  s.tick();
  s.answer();
  CHECK(s.asked.empty());
}

TEST_CASE("only so many are on their way, and more when half of them are done") {
  scene s;
  for (int i = 0; i < 9; ++i) s.due("a", std::to_string(i), 1'000 + i);
  s.tick();
  s.answer();
  CHECK(s.asked.size() == 4);
  CHECK(s.look.first == 0);
  s.tick();
  CHECK(s.look.first == 0);
  s.answer_room();
  CHECK(s.look.first == 0);
  s.answer_room();
  s.answer();
  CHECK(s.names() == lines{"a/2 e:7", "a/3 e:7", "a/4 e:7", "a/5 e:7"});
  while (!s.stored.empty()) {
    while (!s.asked.empty()) s.answer_room();
    if (s.look.first == 0) s.tick();
    s.answer();
  }
}

TEST_CASE("a refresh in the meantime is no refusal") {
  scene s;
  s.due("a", "1", 1'000);
  s.tick();
  s.answer();
  s.stored[0].version = 9;
  s.stored[0].expires_ms = 1'001'500;
  s.answer_room(errc::version_conflict);
  s.tick();
  s.answer();
  CHECK(s.names() == lines{"a/1 e:9"});
}

TEST_CASE("a room that refuses is left alone for longer and longer, others are not") {
  scene s;
  s.due("bad", "1", 1'000);
  std::vector<std::int64_t> asked_at;
  for (int i = 0; i < 70; ++i) {
    s.tick();
    if (i == 20) s.due("good", "2", 2'000);
    while (s.look.first != 0) s.answer();
    if (i == 20) CHECK(s.names().back() == "good/2 e:7");
    while (!s.asked.empty()) {
      const bool bad = s.names().front().starts_with("bad");
      if (bad) asked_at.push_back(i);
      s.answer_room(bad ? std::optional(errc::storage_refused) : std::nullopt);
    }
  }
  CHECK(asked_at == std::vector<std::int64_t>{0, 1, 3, 7, 15, 31, 61});
}

TEST_CASE("what a refusing room keeps does not stand in the way of what is due behind it") {
  scene s;
  s.limit.expiry_in_flight_max = 256;
  for (int i = 0; i < 30'000; ++i) s.stored.push_back({1'000 + i, "bad", std::to_string(i), 7, "e"});
  s.due("good", "behind", 500'000);
  for (int i = 0; i < 6; ++i) {
    s.tick();
    s.settle();
  }
  CHECK_FALSE(s.is_stored("good"));

  for (int i = 0; i < 20; ++i) {  // however far the way through it is: what comes to be due meanwhile is seen at once
    s.due("good", std::to_string(i), s.unix_ms + 500);
    s.tick();
    s.settle();
    CHECK_FALSE(s.is_stored("good"));
  }
  CHECK(s.stored.size() == 30'000);
}

TEST_CASE("the way past a refusing room is bounded, and it is asked for one removal at a time until it grants one") {
  scene s;
  s.limit.expiry_in_flight_max = 100;
  for (int i = 0; i < 20'000; ++i) s.stored.push_back({1'000 + i, "bad", std::to_string(i), 7, "e"});
  s.tick();
  s.settle();
  const auto looked = s.looked.size();
  s.tick();
  s.settle();
  CHECK(s.looked.size() - looked <= 10 + 10'000 / 100);
  s.clock_ms += 1'000;  // the pause is over
  s.state.tick();
  s.answer();
  REQUIRE(s.asked.size() <= 1);
  while (s.asked.empty()) {
    if (s.look.first != 0) s.answer();
    if (s.look.first == 0 && s.asked.empty()) s.tick();
  }
  CHECK(s.asked.size() == 1);
  s.answer_room();
  while (s.asked.empty()) s.look.first != 0 ? s.answer() : s.tick();
  CHECK(s.asked.size() > 1);
}

TEST_CASE("many refusals end the work until the next tick") {
  scene s;
  s.limit.expiry_in_flight_max = 20;
  for (int i = 0; i < 100; ++i) s.due("r" + std::to_string(i), "k", 1'000 + i);
  s.tick();
  s.answer();
  for (int i = 0; i < 20; ++i) s.answer_room(errc::unavailable);
  if (s.look.first != 0) s.answer();
  while (!s.asked.empty()) s.answer_room(errc::unavailable);
  CHECK(s.look.first == 0);
  s.tick();
  CHECK(s.look.first != 0);
}

TEST_CASE("what is refused is not forgotten, though the sweeps begin later and later") {
  scene s;
  s.tick();
  CHECK(s.looked.back().expires_ms == 0);
  s.answer();
  s.unix_ms += 5'000'000;
  s.due("a", "1", s.unix_ms);
  s.tick();
  CHECK(s.looked.back().expires_ms == 1'001'000 - 10'000);
  s.answer();
  const auto due_at = s.stored[0].expires_ms;
  s.unix_ms += 100'000;
  s.answer_room(errc::too_many_requests);
  s.tick();
  CHECK(s.looked.back().expires_ms <= due_at);
  s.answer();
  CHECK(s.names() == lines{"a/1 e:7"});
}

TEST_CASE("everything is looked at once a minute: a commit may come later than its row is due") {
  scene s;
  s.tick();
  s.answer();
  s.unix_ms += 100'000;
  s.tick();
  s.answer();
  s.due("a", "1", 1'050'000);
  for (int i = 0; i < 60 && s.asked.empty(); ++i) {
    s.tick();
    s.answer();
  }
  CHECK(s.names() == lines{"a/1 e:7"});
}

TEST_CASE("a reader that fails delays, and so does a clock that jumps back") {
  scene s;
  s.due("a", "1", 1'000'500);
  s.reader_fails = true;
  s.tick();
  s.answer();
  s.reader_fails = false;
  s.unix_ms -= 500'000;
  s.tick();
  s.answer();
  CHECK(s.asked.empty());
  s.unix_ms += 500'000;
  for (int i = 0; i < 61 && s.asked.empty(); ++i) {
    s.tick();
    s.answer();
  }
  CHECK(s.names() == lines{"a/1 e:7"});
}
