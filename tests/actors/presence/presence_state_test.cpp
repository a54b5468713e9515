#include "actors/presence/presence_state.hpp"

#include <map>
#include <set>

#include "tests/support/catch.hpp"

using namespace tidewire;

namespace {

using lines = std::vector<std::string>;

server_options with_presence() {
  server_options options;
  namespace_options games;
  games.name = "game";
  games.clients_presence_prefix = "clients:";
  games.users_presence_prefix = "users:";
  namespace_options clients;
  clients.name = "clients";
  clients.serves = room_use::clients;
  clients.key_ttl_s = 60;
  namespace_options users;
  users.name = "users";
  users.serves = room_use::users;
  users.key_ttl_s = 10;
  options.namespaces = {namespace_options{}, games, clients, users};
  return options;
}

// A world that writes down what it is asked, with a clock that only advance() moves.
class stage : public presence_port {
 public:
  stage() : options(with_presence()), state(options, *this) {}

  void come(const std::string& client, const std::string& user, std::uint64_t start = 1, const std::string& room = "game:1") {
    state.handle({start, room, {user, client, {}, {}}, false});
  }
  void go(const std::string& client, const std::string& user, std::uint64_t start = 1, const std::string& room = "game:1") {
    state.handle({start, room, {user, client, {}, {}}, true});
  }
  // All that is under way succeeds, or fails.
  void answer(bool well = true) {
    for (const auto& which : std::exchange(writes_, {}))
      state.on_published(which, well ? result<published>(published{"e", {{1, true, false}}}) : fail(errc::unavailable));
  }
  void read(std::vector<storage::indexed_entity> rows, bool more = false) {
    state.on_states(std::exchange(read_, 0), storage::states_page{std::move(rows), more});
  }
  // There is nothing from before.
  void begin() {
    state.start();
    read({});
    read({});
    log_.clear();
    tells_looks = false;
  }
  void advance(std::int64_t ms) {
    const auto until = now_ + ms;
    while (!timers_.empty() && *timers_.begin() <= until) {
      now_ = std::max(now_, *timers_.begin());
      timers_.erase(timers_.begin());
      state.tick();
    }
    now_ = until;
  }
  lines take() { return std::exchange(log_, {}); }

  std::int64_t steady_ms() const override { return now_; }
  void tick_after(std::uint32_t ms) override { timers_.insert(now_ + ms); }
  void publish(ticket which, const std::string& room, publish_request request) override {
    writes_.push_back(which);
    CHECK(request.by_server);
    const auto& what = request.operations.at(0);
    const bool removes = what.kind == operation_kind::remove;
    log_.push_back((removes ? "remove " : "set ") + room + " " + what.key.value() + (removes ? "" : " " + what.data));
  }
  void read_states(ticket which, const std::string& prefix, const std::string& room, const std::string& key) override {
    read_ = which;
    if (tells_looks) log_.push_back("read " + prefix + " " + room + " " + key);
  }
  void say_left(const std::string& room, const client_info& who) override { log_.push_back("left " + room + " " + who.client); }

  server_options options;
  presence_state state;
  bool tells_looks = true;

 private:
  std::int64_t now_ = 1'000'000;
  std::multiset<std::int64_t> timers_;
  std::vector<ticket> writes_;
  ticket read_ = 0;
  lines log_;
};

storage::indexed_entity row(std::string room, std::string key, std::string data) {
  return {std::move(room), {std::move(key), 1, 0, std::move(data), {}}};
}

}  // namespace

TEST_CASE("who comes and goes is written down, by connection and by user") {
  stage s;
  s.begin();
  s.come("c1", "ann");
  CHECK(s.take() == lines{R"(set clients:game:1 c1 {"client":"c1","user":"ann"})", R"(set users:game:1 ann {"user":"ann"})"});
  s.answer();
  s.come("c2", "ann");
  s.come("c3", "");
  CHECK(s.take() == lines{R"(set clients:game:1 c2 {"client":"c2","user":"ann"})", R"(set clients:game:1 c3 {"client":"c3","user":""})"});
  s.answer();
  s.go("c1", "ann");
  s.go("c2", "ann");
  CHECK(s.take() == lines{"remove clients:game:1 c1", "remove clients:game:1 c2"});
  s.answer();

  SECTION("a user goes when the time is over") {
    s.advance(9'999);
    CHECK(s.take().empty());
    s.advance(1);
    CHECK(s.take() == lines{"remove users:game:1 ann"});
    s.answer();
    CHECK(s.state.size() == 1);
  }
  SECTION("a user who comes back in time was never away") {
    s.advance(5'000);
    s.come("c4", "ann");
    s.answer();
    CHECK(s.take() == lines{R"(set clients:game:1 c4 {"client":"c4","user":"ann"})"});
    s.advance(60'000);
    CHECK(s.take().empty());
  }
  SECTION("a second arrival of the same connection counts once") {
    s.come("c3", "");
    s.go("c3", "");
    CHECK(s.take() == lines{"remove clients:game:1 c3"});
  }
  SECTION("rooms of other namespaces are nobody's business") {
    s.come("c9", "eve", 1, "chat:1");
    CHECK(s.take().empty());
  }
}

TEST_CASE("one change of an entry is under way at a time, and what fails is tried again") {
  stage s;
  s.begin();
  s.come("c1", "");
  s.go("c1", "");
  CHECK(s.take() == lines{R"(set clients:game:1 c1 {"client":"c1","user":""})"});
  SECTION("it is stored, and goes again") {
    s.answer();
    CHECK(s.take() == lines{"remove clients:game:1 c1"});
    s.answer();
  }
  SECTION("it may be, and goes") {
    s.answer(false);
    CHECK(s.take().empty());
    s.advance(1'000);
    CHECK(s.take() == lines{"remove clients:game:1 c1"});
    s.answer();
  }
  SECTION("it is not, and it is there again") {
    s.come("c1", "");
    s.answer(false);
    s.advance(999);
    CHECK(s.take().empty());
    s.advance(1);
    CHECK(s.take().size() == 1);
    s.answer();
    s.go("c1", "");
    s.answer();
    CHECK(s.take() == lines{"remove clients:game:1 c1"});
  }
  CHECK(s.state.size() == 0);
}

TEST_CASE("a write of unknown outcome may have happened: who has left meanwhile is removed, who has come back is written down again") {
  stage s;
  s.begin();
  s.come("c1", "");
  s.go("c1", "");
  s.take();
  s.answer(false);  // perhaps c1 is written down now
  s.advance(1'000);
  CHECK(s.take() == lines{"remove clients:game:1 c1"});
  s.come("c1", "");
  s.answer(false);  // perhaps it is not any more
  s.advance(1'000);
  CHECK(s.take() == lines{R"(set clients:game:1 c1 {"client":"c1","user":""})"});
  s.answer();
  s.advance(5'000);
  CHECK(s.take().empty());
  CHECK(s.state.size() == 1);
}

TEST_CASE("what an earlier process has left is removed, unless it comes back") {
  stage s;
  s.state.start();
  CHECK(s.take() == lines{"read clients:  "});
  s.read({row("clients:game:1", "old", R"({"client":"old","user":"ann"})")}, true);
  CHECK(s.take() == lines{"read clients: clients:game:1 old"});
  s.read({row("clients:game:2", "older", R"({"client":"older","user":"bob"})")});
  CHECK(s.take() == lines{"read users:  "});
  s.read({row("users:game:1", "ann", R"({"user":"ann"})"), row("users:game:1", "bob", R"({"user":"bob"})")});
  s.tells_looks = false;
  s.come("new", "ann");
  // A change of an earlier keeper may be under way, and take ann away again.
  CHECK(s.take() == lines{R"(set clients:game:1 new {"client":"new","user":"ann"})", R"(set users:game:1 ann {"user":"ann"})"});
  s.answer();
  s.come("newer", "ann");  // now it is known
  CHECK(s.take() == lines{R"(set clients:game:1 newer {"client":"newer","user":"ann"})"});
  s.answer();
  s.advance(10'000);
  CHECK(s.take() == lines{"remove users:game:1 bob"});
  s.answer();
  CHECK(s.take().empty());
  s.advance(50'000);
  CHECK(s.take() == lines{"remove clients:game:1 old", "remove clients:game:2 older"});
  s.answer();
  CHECK(s.take() == lines{"left game:1 old", "left game:2 older"});
  CHECK(s.state.size() == 3);
}

TEST_CASE("what an earlier keeper had under way is found when it is looked for again") {
  stage s;
  s.begin();
  s.tells_looks = true;
  s.advance(59'999);
  CHECK(s.take() == lines{"read users:  "});
  s.read({});
  s.advance(1);
  CHECK(s.take() == lines{"read clients:  "});
  s.read({row("clients:game:1", "late", R"({"client":"late","user":""})")}, true);
  CHECK(s.take() == lines{"read clients: clients:game:1 late"});
  s.read({});
  s.advance(60'000);
  CHECK(s.take() == lines{"remove clients:game:1 late"});
  s.answer();
  CHECK(s.take() == lines{"left game:1 late"});
  CHECK(s.state.size() == 0);
  s.advance(1'000'000);
  CHECK(s.take().empty());  // twice is enough
}

TEST_CASE("who goes while a page is read is not taken for somebody from before") {
  stage s;
  s.state.start();
  s.tells_looks = false;
  s.come("c1", "");
  s.answer();
  s.go("c1", "");
  s.answer();
  s.take();
  s.read({row("clients:game:1", "c1", R"({"client":"c1","user":""})")});
  CHECK(s.state.size() == 0);
  s.advance(120'000);
  CHECK(s.take().empty());
}

TEST_CASE("a broadcaster that starts again knows nobody: who does not come back is gone") {
  stage s;
  s.begin();
  s.come("c1", "");
  s.come("c2", "");
  s.answer();
  s.take();
  s.come("c1", "", 2);
  s.go("c2", "", 1);  // late news of the one before
  s.advance(59'999);
  CHECK(s.take().empty());
  s.advance(1);
  CHECK(s.take() == lines{"remove clients:game:1 c2"});
  s.answer();
  CHECK(s.take() == lines{"left game:1 c2"});
  CHECK(s.state.size() == 1);
}

TEST_CASE("a look at what was written is taken again when it fails") {
  stage s;
  s.state.start();
  s.take();
  s.state.on_states(1, fail(errc::unavailable));
  s.advance(1'000);
  CHECK(s.take() == lines{"read clients:  "});
}

TEST_CASE("so many writes are under way, the others wait") {
  stage s;
  s.begin();
  for (int i = 0; i < 300; ++i) s.come("c" + std::to_string(i), "");
  CHECK(s.take().size() == 256);
  s.answer();
  CHECK(s.take().size() == 44);
  s.answer();
  CHECK(s.state.size() == 300);
}
