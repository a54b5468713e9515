#include "actors/quarantine/quarantine_state.hpp"

#include "schemas/json.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;

namespace {

using lines = std::vector<std::string>;

struct http_answer {
  std::vector<transport::http_response> all;
  const transport::http_response& only() const {
    REQUIRE(all.size() == 1);
    return all.front();
  }
  std::string member(std::string_view name) const {
    const auto members = json_members(only().body);
    REQUIRE(members);
    for (const auto& each : *members)
      if (each.name == name) return std::string(each.raw);
    return {};
  }
};
using http_answer_ptr = std::shared_ptr<http_answer>;

class noting_responder final : public transport::http_responder {
 public:
  explicit noting_responder(http_answer_ptr to) : to_(std::move(to)) {}
  void answer(transport::http_response response) override { to_->all.push_back(std::move(response)); }
  void stream(transport::stream_terms, const transport::listener_maker&) override { FAIL("nothing is streamed"); }

 private:
  http_answer_ptr to_;
};

struct answer_box final : reply<published> {
  void answer(result<published> outcome) override { got = std::move(outcome); }
  std::optional<result<published>> got;
};

// The world of the quarantine, written down. What is kept lies in `kept`.
struct scene final : quarantine_port {
  scene() {
    namespace_options memory;
    memory.name = "memory";
    memory.kept = durability::memory;
    options.namespaces.push_back(memory);
  }

  std::int64_t now_ms() const override { return 1'700'000'000'000; }
  std::int64_t steady_ms() const override { return clock_ms; }
  std::string new_id() override { return "id-" + std::to_string(++ids); }
  void keep(ticket which, bool in_memory, storage::dead_record record, bool sync) override {
    note(which, "keep " + record.id + (in_memory ? " in memory" : "") + (sync ? " synced" : ""));
    kept = std::move(record);
  }
  void discard(ticket which, bool in_memory, const std::string& id) override {
    note(which, "discard " + id + (in_memory ? " in memory" : ""));
  }
  void find(ticket which, const std::string& id) override { note(which, "find " + id); }
  void list(ticket which, const std::string& after, storage::page_limit limit) override {
    note(which, "list \"" + after + "\" " + std::to_string(limit.rows));
  }
  void publish(ticket which, const std::string& room, publish_request request) override {
    note(which, "publish " + room);
    sent = std::move(request);
  }

  void note(ticket which, std::string line) {
    last = which;
    log.push_back(std::move(line));
  }
  lines take() { return std::exchange(log, {}); }

  http_answer_ptr ask(std::string method, std::string target) {
    auto to = std::make_shared<http_answer>();
    state.on_request({std::move(method), std::move(target), {}, {}, "127.0.0.1", false}, std::make_shared<noting_responder>(to));
    return to;
  }
  std::shared_ptr<answer_box> die(publish_request request, const std::string& room = "a") {
    auto box = std::make_shared<answer_box>();
    request.reply = box;
    auto shared = std::make_shared<const publish_request>(std::move(request));
    state.handle(std::make_shared<const deadly_command>(deadly_command{room, shared, "entity", 9, 2, {"std::bad_alloc: no", "f\ng"}}));
    return box;
  }
  // A record is found, and in the store of its namespace.
  void found(bool in_memory = false) { state.on_found(last, std::optional(found_dead{kept, in_memory})); }
  void changed(bool was_there = true) { state.on_changed(last, dead_changed{was_there}); }

  server_options options;
  std::atomic<std::uint64_t> quarantined{0};
  std::atomic<std::uint64_t> refused{0};
  std::int64_t clock_ms = 0;
  int ids = 0;
  ticket last = 0;
  lines log;
  storage::dead_record kept;
  publish_request sent;
  quarantine_state state{options, {quarantined, refused}, *this};
};

publish_request merge_of(std::optional<idempotency> once = std::nullopt) {
  publish_request request;
  auto& what = request.operations.emplace_back();
  what.key = "k";
  what.data = R"({"n":1})";
  what.once = std::move(once);
  request.info = client_info{"anna", "c1", "", ""};
  return request;
}

}  // namespace

TEST_CASE("who sent a deadly command hears of it when it is kept, with its number") {
  scene s;
  const auto box = s.die(merge_of());
  CHECK(s.take() == lines{"keep id-1 synced"});
  CHECK(s.kept.room == "a");
  CHECK(s.kept.operations == merge_of().operations);
  CHECK(s.kept.info == merge_of().info);
  CHECK(s.kept.actor == "entity");
  CHECK(s.kept.generation == 9);
  CHECK(s.kept.tries == 2);
  CHECK(s.kept.error == "std::bad_alloc: no");
  CHECK(s.kept.backtrace == "f\ng");
  CHECK(s.kept.time_ms == s.now_ms());
  CHECK_FALSE(box->got);
  s.changed();
  REQUIRE(box->got);
  CHECK(box->got->error().code == errc::quarantined);
  CHECK(box->got->error().detail.find("id-1") != std::string::npos);
  CHECK(s.quarantined == 1);
}

TEST_CASE("what cannot be kept is refused and counted") {
  scene s;
  const auto box = s.die(merge_of());
  s.state.on_changed(s.last, fail(errc::limit_exceeded, "full"));
  REQUIRE(box->got);
  CHECK(box->got->error().code == errc::internal);
  CHECK(box->got->error().detail.find("full") != std::string::npos);
  CHECK(s.refused == 1);
  CHECK(s.quarantined == 0);
}

TEST_CASE("what is on its way to the store is bounded") {
  scene s;
  for (std::size_t i = 0; i < quarantine_state::keeping_max; ++i) s.die(merge_of());
  CHECK(s.take().size() == quarantine_state::keeping_max);
  const auto box = s.die(merge_of());
  CHECK(box->got->error().code == errc::internal);
  CHECK(s.take().empty());
}

TEST_CASE("a command of a room in memory is kept in memory") {
  scene s;
  s.die(merge_of(), "memory:a");
  CHECK(s.take() == lines{"keep id-1 in memory"});
}

TEST_CASE("a sender that tries the same again renews its record, another one has another") {
  scene s;
  const auto once = [](std::string id) { return idempotency{"key", std::move(id), "f", 1}; };
  const auto keep = [&](publish_request request, const std::string& room = "a") {
    s.die(std::move(request), room);
    s.changed();
    return s.kept.id + " " + std::to_string(s.kept.tries);
  };
  CHECK(keep(merge_of(once("x"))) == "id-1 2");
  CHECK(keep(merge_of(once("x"))) == "id-1 4");
  CHECK(keep(merge_of(once("y"))) == "id-2 2");
  CHECK(keep(merge_of(once("x")), "b") == "id-3 2");
  CHECK(keep(merge_of()) == "id-4 2");
  CHECK(keep(merge_of()) == "id-5 2");  // perhaps somebody else's
  auto own = merge_of();
  own.by_server = true;
  CHECK(keep(own) == "id-6 2");
  CHECK(keep(own) == "id-6 4");
  s.take();

  s.kept.id = "id-1";
  s.ask("DELETE", "/api/v1/quarantine/id-1");
  s.found();
  s.changed();
  CHECK(keep(merge_of(once("x"))) == "id-7 2");
}

TEST_CASE("a record is listed, shown and discarded") {
  scene s;
  s.die(merge_of(idempotency{std::string("key\0anna", 8), "once", "f", 1}));
  s.changed();
  s.take();

  auto answer = s.ask("GET", "/api/v1/quarantine?limit=1");
  CHECK(s.take() == lines{R"(list "" 1)"});
  s.state.on_listed(s.last, dead_listing{{{s.kept}, true}, {4, 500}});
  CHECK(
      answer->member("data") ==
      R"([{"id":"id-1","kind":"command","room":"a","actor":"entity","error":"std::bad_alloc: no","tries":2,"time":"2023-11-14T22:13:20.000Z"}])");
  CHECK(answer->member("records") == "4");
  CHECK(answer->member("bytes") == "500");
  CHECK(answer->member("quarantined") == "1");
  CHECK(answer->member("refused") == "0");
  const auto cursor = answer->member("next_cursor");
  s.ask("GET", "/api/v1/quarantine?cursor=" + cursor.substr(1, cursor.size() - 2));
  CHECK(s.take() == lines{R"(list "id-1" 100)"});

  answer = s.ask("GET", "/api/v1/quarantine/id-1");
  CHECK(s.take() == lines{"find id-1"});
  s.found();
  CHECK(answer->member("backtrace") == R"(["f","g"])");
  CHECK(answer->member("user") == R"("anna")");
  CHECK(answer->member("operations") ==
        R"([{"key":"k","op":"merge","data":{"n":1},"idempotency":{"kind":"key","caller":"anna","id":"once"}}])");

  answer = s.ask("DELETE", "/api/v1/quarantine/id-1");
  s.found();
  CHECK(s.take() == lines{"find id-1", "discard id-1"});
  CHECK(answer->all.empty());
  s.changed();
  CHECK(answer->only().status == 204);
}

TEST_CASE("what is not there is not found") {
  scene s;
  for (const auto& [method, path] : {std::pair{"GET", ""}, {"DELETE", ""}, {"POST", "/replay"}}) {
    const auto answer = s.ask(method, "/api/v1/quarantine/id-9" + std::string(path));
    s.state.on_found(s.last, std::optional<found_dead>{});
    CHECK(answer->only().status == 404);
  }
  CHECK(s.ask("GET", "/api/v1/quarantine/a/b")->only().status == 404);
  CHECK(s.ask("POST", "/api/v1/quarantine")->only().status == 405);
  CHECK(s.ask("PUT", "/api/v1/quarantine/a")->only().status == 405);
  CHECK(s.ask("GET", "/api/v1/quarantine/a/replay")->only().status == 405);
  CHECK(s.ask("GET", "/api/v1/quarantine?limit=0")->only().status == 400);
  CHECK(s.ask("GET", "/api/v1/quarantine?cursor=x")->only().status == 400);
  CHECK(s.ask("GET", "/api/v1/quarantine?what=x")->only().status == 400);
}

TEST_CASE("a replay goes the way of every change, under its own id or one that is made for it, and then the record goes") {
  scene s;
  auto request = merge_of(idempotency{std::string("key\0anna", 8), "once", "f", 2});
  request.operations.push_back(merge_of().operations.front());  // covered by the id of the first
  request.operations.push_back(merge_of().operations.front());
  s.die(std::move(request));
  s.changed();
  s.take();
  const auto answer = s.ask("POST", "/api/v1/quarantine/id-1/replay");
  s.found();
  CHECK(s.take() == lines{"find id-1", "publish a"});
  CHECK(s.sent.operations[0].once->id == "once");
  CHECK_FALSE(s.sent.operations[1].once);
  CHECK(s.sent.operations[2].once->id == "id-1/2");
  CHECK(s.sent.info->user == "anna");
  CHECK(s.sent.replays->id == "id-1");
  CHECK(s.ask("POST", "/api/v1/quarantine/id-1/replay")->only().status == 409);  // one at a time

  s.state.on_published(s.last, published{"e1", {{5, true, false}, {6, true, false}, {7, true, false}}});
  CHECK(s.take() == lines{"discard id-1"});
  CHECK(answer->all.empty());
  s.changed();
  CHECK(answer->only().status == 200);
  CHECK(answer->member("changes").find(R"({"room":"a","epoch":"e1","offset":5,"version":5})") == 1);
  s.ask("POST", "/api/v1/quarantine/id-1/replay");
  CHECK(s.take() == lines{"find id-1"});
}

TEST_CASE("a replay that is refused leaves the record") {
  scene s;
  s.die(merge_of());
  s.changed();
  s.take();
  const auto answer = s.ask("POST", "/api/v1/quarantine/id-1/replay");
  s.found();
  s.state.on_published(s.last, fail(errc::version_conflict, "no"));
  CHECK(answer->only().status == 412);
  CHECK(s.take() == lines{"find id-1", "publish a"});
}

TEST_CASE("a replay that kills again renews its record, where it was") {
  scene s;
  s.die(merge_of());
  s.changed();
  s.take();
  const auto answer = s.ask("POST", "/api/v1/quarantine/id-1/replay");
  s.found(true);
  const auto asked = s.last;
  CHECK(s.sent.operations.front().once);
  const auto box = s.die(std::move(s.sent));
  CHECK(s.take() == lines{"find id-1", "publish a", "keep id-1 in memory synced"});
  CHECK(s.kept.tries == 4);
  CHECK(s.kept.operations == merge_of().operations);  // as it was sent
  s.changed();
  s.state.on_published(asked, tl::unexpected(box->got->error()));
  CHECK(answer->only().status == 500);
  CHECK(answer->member("type") == R"("/problems/quarantined")");
}

TEST_CASE("a replay whose record cannot go says so") {
  scene s;
  s.die(merge_of());
  s.changed();
  const auto answer = s.ask("POST", "/api/v1/quarantine/id-1/replay");
  s.found();
  s.state.on_published(s.last, published{"e1", {{5, true, false}}});
  s.state.on_changed(s.last, fail(errc::storage_refused, "full disk"));
  CHECK(answer->only().status == 503);
  CHECK(answer->member("detail").find("was applied") != std::string::npos);
}

TEST_CASE("an operator does not wait for ever, and what was begun goes on") {
  scene s;
  s.die(merge_of());
  s.changed();
  s.take();
  const auto answer = s.ask("POST", "/api/v1/quarantine/id-1/replay");
  s.found();
  s.clock_ms = std::int64_t{s.options.limit.request_timeout_s} * 1000 - 1;
  s.state.tick();
  CHECK(answer->all.empty());
  s.clock_ms += 1;
  s.state.tick();
  s.state.tick();
  CHECK(answer->only().status == 503);
  s.state.on_published(s.last, published{"e1", {{5, true, false}}});
  s.changed();
  CHECK(s.take() == lines{"find id-1", "publish a", "discard id-1"});
  CHECK(answer->all.size() == 1);
}
