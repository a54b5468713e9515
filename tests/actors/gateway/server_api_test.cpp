// The server API: what it asks of the engine, and how answers become results.
#include "actors/gateway/server_api_state.hpp"

#include "tests/support/catch.hpp"

using namespace tidewire;

namespace {

using lines = std::vector<std::string>;

class responder final : public transport::http_responder {
 public:
  explicit responder(std::vector<transport::http_response>& to) : to_(to) {}
  void answer(transport::http_response response) override { to_.push_back(std::move(response)); }
  void stream(transport::stream_terms, const transport::listener_maker&) override { FAIL("nothing is streamed"); }

 private:
  std::vector<transport::http_response>& to_;
};

struct stage : server_api_port {
  server_options options;
  std::vector<transport::http_response> answers;
  lines asked;
  std::vector<ticket> tickets;
  std::vector<errc> refusals;
  std::int64_t now_ms = 0;
  server_api_state state{options, *this};

  stage() { options.dev = true; }

  void ask(const std::string& method, std::string body, std::vector<transport::header> headers = {}, rights who = {}) {
    state.on_request({"POST", "/api/" + method, std::move(headers), std::move(body), "127.0.0.1", false}, std::move(who),
                     std::make_shared<responder>(answers));
  }
  lines take() { return std::exchange(asked, {}); }
  // The only answer so far.
  std::string body() {
    REQUIRE(answers.size() == 1);
    CHECK(answers.front().content_type == "application/json");
    return std::exchange(answers, {}).front().body;
  }
  void note(ticket which, std::string line) {
    CHECK(server_api_state::owns(which));
    tickets.push_back(which);
    asked.push_back(std::move(line));
  }
  void commit(std::size_t at, std::uint64_t offset) { state.on_published(tickets.at(at), published{"e", {{offset, false, false}}}); }

  std::int64_t steady_ms() const override { return now_ms; }
  void note_refusal(errc why) override { refusals.push_back(why); }
  server_facts facts() const override { return {"run", 3, 60}; }
  void end_connections(const end_connection& whom) override {
    asked.push_back("end " + whom.user + " " + whom.client + " " + std::to_string(static_cast<int>(whom.code)));
  }
  void publish(ticket which, const std::string& room, publish_request request) override {
    const auto& what = request.operations.front();
    note(which, "publish " + room + (what.key ? " " + *what.key : "") + " " + what.data);
  }
  void view_entity(ticket which, const std::string& room, const std::string& key, std::optional<past_question>) override {
    note(which, "entity " + room + " " + key);
  }
  void read_state(ticket which, const std::string& room, const std::string& after, storage::page_limit limit,
                  std::optional<past_question>) override {
    note(which, "state " + room + " after=" + after + " rows=" + std::to_string(limit.rows));
  }
  void read_stream(ticket which, const std::string& room, std::uint64_t after, storage::page_limit limit, bool reverse) override {
    note(which, "stream " + room + " after=" + std::to_string(after) + " rows=" + std::to_string(limit.rows) + (reverse ? " reverse" : ""));
  }
  void ask_presence(ticket which, const std::string& room) override { note(which, "presence " + room); }
  void ask_presence_stats(ticket which, const std::string& room) override { note(which, "stats " + room); }
  void ask_audiences(ticket which, const std::optional<room_glob>& of) override { note(which, of ? "audiences" : "sums"); }
  void expel(ticket which, const std::string& room, const std::string& user, const std::string& client) override {
    note(which, "expel " + room + " " + user + " " + client);
  }
};

constexpr auto position = R"({"result":{"offset":7,"epoch":"e"}})";

}  // namespace

TEST_CASE("server API: a publish is answered with its position") {
  stage s;
  s.ask("publish", R"({"channel":"a","data":1})");
  CHECK(s.take() == lines{"publish a 1"});
  CHECK(s.answers.empty());
  s.commit(0, 7);
  CHECK(s.body() == position);
  CHECK(s.state.under_way() == 0);
}

TEST_CASE("server API: a refusal is an answer of status 200, or one of HTTP for who wants that") {
  stage s;
  s.ask("publish", "{}");
  CHECK(s.body() == R"({"error":{"code":107,"message":"bad request: /channel: is missing"}})");
  s.ask("publish", "{}", {{"x-centrifugo-error-mode", "transport"}});
  REQUIRE(s.answers.size() == 1);
  CHECK(s.answers.front().status == 400);
  CHECK(s.body() == R"({"code":107,"message":"bad request: /channel: is missing"})");
  s.ask("publish", R"({"channel":"a","data":1})");
  s.state.on_published(s.tickets.back(), fail(errc::unavailable));
  CHECK(s.body() == R"({"error":{"code":100,"message":"temporarily unavailable"}})");
}

TEST_CASE("server API: a broadcast begins everywhere, and answers in order when all are done") {
  stage s;
  s.ask("broadcast", R"({"channels":["a","b"],"data":1})");
  CHECK(s.take() == lines{"publish a 1", "publish b 1"});
  s.state.on_published(s.tickets[1], fail(errc::too_many_requests));
  CHECK(s.answers.empty());
  s.commit(0, 7);
  CHECK(s.body() ==
        R"({"result":{"responses":[{"result":{"offset":7,"epoch":"e"}},{"error":{"code":111,"message":"too many requests"}}]}})");
}

TEST_CASE("server API: a batch goes one by one; in parallel only changes that follow each other") {
  const std::string commands =
      R"("commands":[{"publish":{"channel":"a","data":1}},{"publish":{"channel":"a","data":2}},{"history":{"channel":"a"}}])";
  stage s;
  s.ask("batch", "{" + commands + "}");
  CHECK(s.take() == lines{"publish a 1"});
  s.commit(0, 1);
  CHECK(s.take() == lines{"publish a 2"});
  s.commit(1, 2);
  CHECK(s.take() == lines{"stream a after=0 rows=1"});
  s.state.on_stream(s.tickets[2], storage::stream_page{"e", 2, 1, {}, false});
  CHECK(s.body() == R"({"replies":[{"publish":{"offset":1,"epoch":"e"}},{"publish":{"offset":2,"epoch":"e"}},)"
                    R"({"history":{"publications":[],"epoch":"e","offset":2}}]})");

  s.ask("batch", "{" + commands + R"(,"parallel":true})");
  CHECK(s.take() == lines{"publish a 1", "publish a 2"});
  s.commit(4, 4);
  CHECK(s.take().empty());
  s.commit(3, 3);
  CHECK(s.take() == lines{"stream a after=0 rows=1"});
  s.state.on_stream(s.tickets[5], storage::stream_page{"e", 4, 1, {}, false});
  CHECK(s.body().starts_with(R"({"replies":[{"publish":{"offset":3)"));
}

TEST_CASE("server API: the answers of a batch are bounded together") {
  stage s;
  s.options.limit.page_bytes_max = 10;
  s.ask("batch", R"({"commands":[{"history":{"channel":"a"}},{"history":{"channel":"a"}}]})");
  s.state.on_stream(s.tickets[0], storage::stream_page{"e", 2, 1, {}, false});
  CHECK(s.body().find(R"({"error":{"code":106)") != std::string::npos);
  CHECK(s.refusals == std::vector{errc::limit_exceeded});
}

TEST_CASE("server API: history and maps are read as they are asked for") {
  stage s;
  s.ask("history", R"({"channel":"a","limit":-1,"since":{"offset":3,"epoch":"e"},"reverse":true})");
  s.ask("map_read_stream", R"({"channel":"a","limit":5,"since_offset":3})");
  s.ask("map_read_state", R"({"channel":"a"})");
  s.ask("map_read_state", R"({"channel":"a","key":"k"})");
  CHECK(s.take() == lines{"stream a after=3 rows=1000 reverse", "stream a after=3 rows=5", "state a after= rows=100", "entity a k"});

  s.state.on_stream(s.tickets[0], storage::stream_page{"other", 4, 1, {}, false});
  CHECK(s.body() == R"({"error":{"code":112,"message":"unrecoverable position"}})");
  auto keyed = std::make_shared<publication>();
  keyed->offset = 4;
  keyed->time_ms = 5;
  keyed->key = "k";
  keyed->removed = true;
  auto plain = std::make_shared<publication>();
  plain->data = "1";
  s.state.on_stream(s.tickets[1], storage::stream_page{"e", 4, 1, {plain, keyed}, false});
  CHECK(s.body() == R"({"result":{"entries":[{"key":"k","offset":4,"removed":true,"time":5}],"offset":4,"epoch":"e"}})");
  const entity_document row{"k", 4, 5, "{}", {{"t", "v"}}, 0};
  s.state.on_state(s.tickets[2], storage::state_page{"e", 9, {row}, false});
  const std::string entry = R"({"key":"k","data":{},"tags":{"t":"v"},"offset":4,"time":5})";
  CHECK(s.body() == R"({"result":{"entries":[)" + entry + R"(],"offset":9,"epoch":"e","cursor":""}})");
  s.state.on_entity(s.tickets[3], entity_view{"e", row});
  CHECK(s.body() == R"({"result":{"entries":[)" + entry + R"(],"offset":4,"epoch":"e","cursor":""}})");
}

TEST_CASE("server API: who is there") {
  stage s;
  s.ask("presence", R"({"channel":"a"})");
  s.ask("channels", "{}");
  s.ask("info", "");
  CHECK(s.take() == lines{"presence a", "audiences", "sums"});
  s.state.on_presence(s.tickets[0], protocol::presence_result{{{"ann", "c1", {}, {}}}});
  CHECK(s.body() == R"({"result":{"presence":{"c1":{"client":"c1","user":"ann"}}}})");
  s.state.on_audiences(s.tickets[1], audience_overview{{{"a", 2}}, 5, 6, 0});
  CHECK(s.body() == R"({"result":{"channels":{"a":{"num_clients":2}}}})");
  s.state.on_audiences(s.tickets[2], audience_overview{{}, 5, 6, 4});
  CHECK(s.body().find(R"("num_clients":3,"num_users":4,"num_subs":6,"num_channels":5,"uptime":60)") != std::string::npos);
}

TEST_CASE("server API: more channels than fit a page are refused, not cut") {
  stage s;
  s.options.limit.page_rows_max = 1;
  s.ask("channels", "{}");
  s.state.on_audiences(s.tickets[0], audience_overview{{{"a", 1}, {"b", 1}}, 2, 2, 0});
  CHECK(s.body().starts_with(R"({"error":{"code":106)"));
}

TEST_CASE("server API: users are sent away") {
  stage s;
  s.ask("unsubscribe", R"({"channel":"a","user":"ann","client":"c"})");
  CHECK(s.take() == lines{"expel a ann c"});
  s.state.on_expelled(s.tickets[0], expelled{1});
  CHECK(s.body() == R"({"result":{}})");
  s.ask("disconnect", R"({"user":"ann"})");
  CHECK(s.take() == lines{"end ann  3503"});
  CHECK(s.body() == R"({"result":{}})");
}

TEST_CASE("server API: everybody does what his rights allow, in each room of a request") {
  stage s;
  s.options.dev = false;
  rights key;
  key.client = false;
  key.grants = {{{room_glob::of_stars("a:*")}, {room_action::publish, room_action::presence}}};
  s.ask("broadcast", R"({"channels":["a:1","b:1"],"data":1})", {}, key);
  CHECK(s.take() == lines{"publish a:1 1"});
  s.commit(0, 1);
  CHECK(s.body().find(R"({"error":{"code":103)") != std::string::npos);
  for (const auto* method : {"history", "map_read_state", "map_read_stream"}) {
    s.ask(method, R"({"channel":"a:1"})", {}, key);
    CHECK(s.body().starts_with(R"({"error":{"code":103)"));
  }
  s.ask("unsubscribe", R"({"channel":"a:1","user":"u"})", {}, key);
  CHECK(s.body().starts_with(R"({"error":{"code":103)"));
  for (const auto* method : {"disconnect", "info"}) {
    s.ask(method, R"({"user":"u"})", {}, key);
    CHECK(s.body().starts_with(R"({"error":{"code":103)"));
  }
  CHECK(s.refusals.size() == 7);
  s.ask("channels", "{}", {}, key);
  s.state.on_audiences(s.tickets.back(), audience_overview{{{"a:1", 1}, {"b:1", 1}}, 2, 2, 0});
  CHECK(s.body() == R"({"result":{"channels":{"a:1":{"num_clients":1}}}})");
  key.grants = {{{room_glob::of_stars("*")}, {room_action::manage}}};
  s.take();
  s.ask("disconnect", R"({"user":"u"})", {}, key);
  CHECK(s.take() == lines{"end u  3503"});
}

TEST_CASE("server API: what gets no answer in time is told so, and a late answer is nobody's") {
  stage s;
  s.ask("publish", R"({"channel":"a","data":1})");
  s.now_ms = std::int64_t{s.options.limit.request_timeout_s} * 1000;
  s.state.tick();
  CHECK(s.body() == R"({"error":{"code":100,"message":"no answer in time"}})");
  s.commit(0, 7);
  CHECK(s.answers.empty());
}
