#include "actors/world/directory_state.hpp"

#include "tests/support/catch.hpp"

using namespace tidewire;

namespace {

using lines = std::vector<std::string>;

// Rooms are numbers; what is asked of the world is written down.
struct scene : directory_port<int> {
  lines log;
  directory_state<int> state{*this};

  void start_room(const std::string& room) override { log.push_back("start " + room); }
  void send(const int& room, const room_command_ptr& command) override {
    log.push_back("send " + std::to_string(room) + " " + std::get<publish_request>(command->body).operations.front().data);
  }
  void adopt(const int& room, std::uint64_t adoption) override {
    log.push_back("adopt " + std::to_string(room));
    last_adoption = adoption;
  }
  void ease(const int& room) override { log.push_back("ease " + std::to_string(room)); }
  void retire(const int& room) override { log.push_back("retire " + std::to_string(room)); }
  void set_aside(const killed_by& deadly, std::uint32_t tries, const crash_report& died_of) override {
    log.push_back("set aside " + std::get<publish_request>(deadly.command->body).operations.front().data + " after " +
                  std::to_string(tries) + ": " + died_of.error);
  }

  void command(const std::string& data, const std::string& room = "a") {
    publish_request request;
    request.operations.emplace_back().data = data;
    state.on_command(std::make_shared<const room_command>(room_command{room, std::move(request)}));
  }
  // The live room has handled so many commands and wants to go.
  void wish(std::uint64_t handled) { state.on_retire_request({"a", last_adoption, handled}); }
  lines take() { return std::exchange(log, {}); }

  std::uint64_t last_adoption = 0;
};

}  // namespace

TEST_CASE("the first command starts the room, the others wait with it in order") {
  scene s;
  s.command("1");
  s.command("2");
  CHECK(s.take() == lines{"start a"});
  s.state.on_started("a", 7);
  CHECK(s.take() == lines{"adopt 7", "send 7 1", "send 7 2"});
  s.command("3");
  CHECK(s.take() == lines{"send 7 3"});
}

TEST_CASE("rooms do not wait for each other") {
  scene s;
  s.command("1", "a");
  s.command("2", "b");
  s.state.on_started("b", 8);
  CHECK(s.take() == lines{"start a", "start b", "adopt 8", "send 8 2"});
}

TEST_CASE("an idle room retires when all that was sent is handled, and only then") {
  scene s;
  s.command("1");
  s.state.on_started("a", 7);
  s.command("2");
  s.take();
  s.wish(1);  // the second is on its way
  CHECK(s.take().empty());
  s.state.on_retire_request({"a", s.last_adoption - 1, 2});  // by an earlier adoption's count
  s.state.on_retire_request({"b", s.last_adoption, 2});
  CHECK(s.take().empty());
  s.wish(2);
  CHECK(s.take() == lines{"retire 7"});
  s.wish(2);
  CHECK(s.take().empty());
  s.state.on_ended("a");
  CHECK(s.take().empty());
  CHECK(s.state.size() == 0);
}

TEST_CASE("commands for a room that is retiring wait for the next one") {
  scene s;
  s.command("1");
  s.state.on_started("a", 7);
  s.wish(1);
  s.take();
  s.command("2");
  CHECK(s.take().empty());
  s.state.on_ended("a");
  CHECK(s.take() == lines{"start a"});
  s.state.on_started("a", 8);
  CHECK(s.take() == lines{"adopt 8", "send 8 2"});
}

TEST_CASE("commands for a room that crashed wait until its supervisor has started it again") {
  scene s;
  s.command("1");
  s.state.on_started("a", 7);
  s.state.on_ended("a");
  s.take();
  s.command("2");
  CHECK(s.take().empty());  // nobody needs to be asked
  s.state.on_started("a", 8);
  CHECK(s.take() == lines{"adopt 8", "send 8 2"});
  s.wish(1);
  CHECK(s.take() == lines{"retire 8"});
}

TEST_CASE("a room that will not start: what waits is dropped, the next command tries again") {
  scene s;
  s.command("1");
  s.state.on_start_failed("a", errc::internal);
  CHECK(s.state.size() == 0);
  s.take();
  s.command("2");
  s.state.on_started("a", 7);
  CHECK(s.take() == lines{"start a", "adopt 7", "send 7 2"});
}

TEST_CASE("a room that its supervisor has already is on its way, or here") {
  scene s;
  s.command("1");
  SECTION("on its way") {
    s.state.on_start_failed("a", errc::conflict);
    s.state.on_started("a", 7);
    CHECK(s.take() == lines{"start a", "adopt 7", "send 7 1"});
  }
  SECTION("here: the answer is to an earlier question") {
    s.state.on_started("a", 7);
    s.take();
    s.state.on_start_failed("a", GENERATE(errc::conflict, errc::unavailable));
    s.command("2");
    CHECK(s.take() == lines{"send 7 2"});
  }
}

TEST_CASE("no more than waiting_max commands wait; those beyond are dropped") {
  scene s;
  for (std::size_t i = 0; i <= directory_state<int>::waiting_max; ++i) s.command("1");
  s.take();
  s.state.on_started("a", 7);
  CHECK(s.take().size() == 1 + directory_state<int>::waiting_max);
}

TEST_CASE("a new supervisor of rooms is asked for those that were not live") {
  scene s;
  s.command("1", "live");
  s.state.on_started("live", 7);
  s.command("1", "coming");
  s.command("1", "crashed");
  s.state.on_started("crashed", 8);
  s.state.on_ended("crashed");
  s.take();
  s.state.on_supervisor_lost();
  auto asked = s.take();
  std::sort(asked.begin(), asked.end());
  CHECK(asked == lines{"start coming", "start crashed"});
}

TEST_CASE("when memory is short, rooms are asked in the order in which they have not been used longest") {
  scene s;
  for (const auto* room : {"a", "b", "c", "d"}) s.command("1", room);
  s.state.on_started("a", 1);
  s.state.on_started("b", 2);
  s.state.on_started("c", 3);
  s.command("2", "a");
  s.take();
  CHECK(s.state.ease(2));
  CHECK(s.take() == lines{"ease 2", "ease 3"});
  s.command("3", "c");
  s.take();
  CHECK(s.state.ease(9));  // d has not started
  CHECK(s.take() == lines{"ease 1", "ease 3"});
  CHECK_FALSE(s.state.ease(9));
  CHECK(s.take().empty());
  CHECK(s.state.ease(1));
  CHECK(s.take() == lines{"ease 2"});
}

TEST_CASE("a room that has been asked may retire, and is forgotten") {
  scene s;
  s.command("1");
  s.state.on_started("a", 7);
  CHECK(s.state.ease(1));
  s.wish(1);
  s.state.on_ended("a");
  CHECK(s.state.size() == 0);
  s.state.ease(1);
  s.command("2");
  CHECK(s.take().back() == "start a");
}

TEST_CASE("the rooms most used are known, and what was long ago counts less") {
  scene s;
  for (int i = 0; i < 8; ++i) s.command("1", "old");
  for (int i = 0; i < 3; ++i) s.command("1", "a");
  s.command("1", "b");
  CHECK(s.state.most_used(2) == lines{"old", "a"});
  for (int i = 0; i < 6; ++i) s.command("1", "a");
  CHECK(s.state.most_used(9) == lines{"a", "old", "b"});
}

namespace {

// A room that dies of each command it is sent, and one that lives.
struct deadly_scene : scene {
  room_command_ptr last;
  void send(const int& room, const room_command_ptr& command) override {
    scene::send(room, command);
    last = command;
  }
  // As a room that threw does, and then its supervisor.
  void die(const room_command_ptr& of, const std::string& error = "boom") {
    if (of) state.on_killed({of, 1});
    state.on_ended("a", {error, {}});
  }
};

}  // namespace

TEST_CASE("a command that killed its room is tried once more, before those that wait, and is then set aside") {
  deadly_scene s;
  s.command("deadly");
  s.state.on_started("a", 7);
  const auto deadly = s.last;
  s.command("2");
  s.take();
  s.die(deadly);
  s.command("3");
  CHECK(s.take() == lines{});
  s.state.on_started("a", 8);
  CHECK(s.take() == lines{"adopt 8", "send 8 deadly", "send 8 3"});
  s.die(deadly, "again");
  CHECK(s.take() == lines{"set aside deadly after 2: again"});
  s.state.on_started("a", 9);
  CHECK(s.take() == lines{"adopt 9"});
  s.wish(0);
  CHECK(s.take() == lines{"retire 9"});
}

TEST_CASE("a command that went well the second time is not blamed later, and nobody holds it") {
  deadly_scene s;
  s.command("1");
  s.state.on_started("a", 7);
  s.die(s.last);
  s.state.on_started("a", 8);
  s.take();
  const std::weak_ptr<const room_command> first = std::exchange(s.last, nullptr);
  CHECK(first.expired());  // the room has handled it
  s.wish(1);
  CHECK(s.take() == lines{"retire 8"});
}

TEST_CASE("two commands that kill a room once each are two that are tried again") {
  deadly_scene s;
  s.command("1");
  s.state.on_started("a", 7);
  const auto first = s.last;
  s.die(first);
  s.state.on_started("a", 8);
  s.command("2");
  const auto second = s.last;
  s.die(second);
  s.state.on_started("a", 9);
  CHECK(s.take() == lines{"start a", "adopt 7", "send 7 1", "adopt 8", "send 8 1", "send 8 2", "adopt 9", "send 9 2"});
}

TEST_CASE("a room that dies of something else takes nothing with it") {
  deadly_scene s;
  s.command("1");
  s.state.on_started("a", 7);
  s.die(nullptr);
  s.state.on_started("a", 8);
  CHECK(s.take() == lines{"start a", "adopt 7", "send 7 1", "adopt 8"});
}
