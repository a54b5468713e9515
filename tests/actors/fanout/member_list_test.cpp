#include "actors/fanout/member_list.hpp"

#include <random>

#include "actors/fanout/audience.hpp"
#include "tests/actors/fanout/stage.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::test;

namespace {

std::vector<transport::outbox*> seen(const std::vector<block_hold>& held) {
  std::vector<transport::outbox*> all;
  for (const auto& block : held) {
    for (const auto& out : block.outs()) all.push_back(out.get());
  }
  return all;
}

subscriber_ptr make_member(session_id session) {
  auto who = std::make_shared<subscriber>();
  who->session = session;
  who->out = std::make_shared<fake_outbox>(session, 0);
  return who;
}

}  // namespace

TEST_CASE("whoever holds the blocks sees the members of that moment") {
  member_list list;
  std::vector<transport::outbox*> expected;
  for (session_id session = 0; session < 600; ++session) {
    list.add(make_member(session));
    expected.push_back(list[session].out.get());
  }
  std::vector<block_hold> held;
  list.hold(held);
  CHECK(held.size() == 3);
  CHECK(seen(held) == expected);
  list.remove(10);  // the last takes its place
  list.add(make_member(1'000));
  list.add(make_member(1'001));
  CHECK(seen(held) == expected);
  CHECK(list[10].session == 599);
  CHECK(list.size() == 601);
}

TEST_CASE("a free block is changed in place, a held one is copied, the others stay") {
  member_list list;
  for (session_id session = 0; session < 300; ++session) list.add(make_member(session));
  const auto blocks = [&] {
    std::vector<block_hold> held;
    list.hold(held);
    return std::pair{held[0].outs().data(), held[1].outs().data()};
  };
  const auto before = blocks();
  list.remove(299);
  CHECK(blocks() == before);
  {
    std::vector<block_hold> held;
    list.hold(held);
    list.remove(298);
    CHECK(blocks().first == before.first);
    CHECK(blocks().second != before.second);
  }
}

TEST_CASE("a room's audience finds its members whatever comes and goes") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 chance(seed);
  room_audience room(3, 2);
  std::unordered_map<session_id, std::size_t> model;
  std::vector<session_id> sessions;
  for (session_id step = 1; step <= 5'000; ++step) {
    if (sessions.empty() || chance() % 5 < 3) {
      auto who = std::make_shared<subscriber>();
      who->session = step;
      who->out = std::make_shared<fake_outbox>(step, chance() % 3);
      model[step] = who->out->home();
      sessions.push_back(step);
      room.add(who, plain_view(chance() % 2 == 0 ? subscription_type::stream : subscription_type::map),
               encoding_of(*who, chance() % 2 == 0), 1);
    } else {
      std::swap(sessions[chance() % sessions.size()], sessions.back());
      REQUIRE(room.remove(sessions.back()));
      REQUIRE_FALSE(room.remove(sessions.back()));
      model.erase(sessions.back());
      sessions.pop_back();
    }
    REQUIRE(room.size() == model.size());
  }
  std::size_t found = 0;
  for (const auto& each : room.audiences()) {
    for (std::size_t thread = 0; thread < each.by_thread.size(); ++thread) {
      std::vector<block_hold> held;
      each.by_thread[thread].hold(held);
      const auto outs = seen(held);
      REQUIRE(outs.size() == each.by_thread[thread].size());
      for (std::size_t i = 0; i < outs.size(); ++i) {
        const auto& who = each.by_thread[thread][i];
        REQUIRE(outs[i] == who.out.get());
        REQUIRE(model.at(who.session) == thread);
        ++found;
      }
    }
  }
  CHECK(found == model.size());
}
