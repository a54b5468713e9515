// Who may subscribe, and for how long: the options of a namespace and subscription tokens.
#include "schemas/base64.hpp"
#include "tests/actors/session/stage.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/token.hpp"

using namespace tidewire;
using namespace tidewire::test;

namespace {

server_options guarded(bool for_client = true, bool for_anonymous = true) {
  auto options = session_stage::guarded();
  options.namespaces.front().allow_subscribe_for_client = for_client;
  options.namespaces.front().allow_subscribe_for_anonymous = for_anonymous;
  return options;
}

void connect_as(session_stage& s, const std::string& user) {
  s.hear(R"({"id":1,"connect":{"token":")" + sign_token("secret", R"({"sub":")" + user + "\"}") + R"("}})");
  s.take();
}

std::string with(const std::string& claims) { return R"("token":")" + sign_token("secret", "{" + claims + "}") + "\""; }

std::string subscribe(std::uint32_t id, const std::string& more = {}) {
  return R"({"id":)" + std::to_string(id) + R"(,"subscribe":{"channel":"a")" + (more.empty() ? "" : "," + more) + "}}";
}

std::string sub_refresh(std::uint32_t id, const std::string& token) {
  return R"({"id":)" + std::to_string(id) + R"(,"sub_refresh":{"channel":"a",)" + token + "}}";
}

std::string until(std::int64_t seconds) { return R"("sub":"ada","channel":"a","exp":)" + std::to_string(session_stage::epoch_s + seconds); }

bool refused(const lines& told, int code) {
  return told.size() == 2 && told[0].starts_with("send ") &&
         told[0].find(R"("error":{"code":)" + std::to_string(code)) != std::string::npos;
}

const lines asked = {"subscribe a id=2", "release 1"};
const lines closed_as_invalid = {"close 3500", "release 1"};

}  // namespace

TEST_CASE("who may subscribe without a token") {
  struct row {
    bool for_client;
    bool for_anonymous;
    const char* user;
    bool allowed;
  };
  const auto [for_client, for_anonymous, user, allowed] =
      GENERATE(row{true, true, "ada", true}, row{true, true, "", true}, row{true, false, "ada", true}, row{true, false, "", false},
               row{false, true, "ada", false}, row{false, true, "", false});
  CAPTURE(for_client, for_anonymous, user);
  session_stage s(guarded(for_client, for_anonymous));
  connect_as(s, user);
  s.hear(subscribe(2));
  const auto told = s.take();
  CHECK((allowed ? told == asked : refused(told, 103)));
}

TEST_CASE("a room may be for the users in its name") {
  struct row {
    const char* user;
    const char* room;
    bool allowed;
  };
  const auto [user, room, allowed] = GENERATE(
      row{"ada", "talk#ada", true}, row{"ada", "talk#eve,ada", true}, row{"ada", "talk#ada2,ad", false}, row{"ada", "talk#", false},
      row{"", "talk#", false}, row{"", "talk#,ada", false}, row{"ada", "talk", true}, row{"ada", "own:#ada", true},
      row{"eve", "own:#ada", false}, row{"eve", "other:#ada", true}, row{"ada", "own:#eve,ada", false});
  CAPTURE(user, room);
  auto options = guarded();
  options.namespaces.front().allow_user_limited_channels = true;
  for (const auto* name : {"own", "other"}) {
    options.namespaces.push_back({.name = name});
    open_to_clients(options.namespaces.back());
  }
  options.personal_channel = true;
  options.personal_channel_namespace = "own";
  session_stage s(options);
  s.hear(R"({"id":1,"connect":{"token":")" + sign_token("secret", R"({"sub":")" + std::string(user) + "\"}") + R"("}})");
  if (*user != 0) s.state.on_step(s.newest(), subscribe_step{true, 1, {}});
  s.take();
  s.hear(R"({"id":2,"history":{"channel":")" + std::string(room) + R"(","limit":1}})");
  const auto told = s.take();
  CHECK((allowed ? told.front().starts_with("history ") : refused(told, 103)));
}

TEST_CASE("where a token is needed, only subscribers may do more") {
  auto options = guarded(false);
  options.namespaces.front().allow_publish_for_client = true;
  session_stage s(options);
  connect_as(s, "ada");
  const std::string command = GENERATE(as<std::string>{}, R"("history":{"channel":"a","limit":1}})", R"("presence":{"channel":"a"}})",
                                       R"("presence_stats":{"channel":"a"}})", R"("publish":{"channel":"a","data":1}})");
  CAPTURE(command);
  s.hear(R"({"id":2,)" + command);
  CHECK(refused(s.take(), 103));
  s.hear(subscribe(3, with(until(60))));
  s.answer_live();
  s.take();
  s.hear(R"({"id":4,)" + command);
  CHECK_FALSE(refused(s.take(), 103));
}

TEST_CASE("who may publish, and ask for history and presence") {
  struct row {
    bool for_client;
    bool for_subscriber;
    bool subscribed;
    bool allowed;
  };
  const auto [for_client, for_subscriber, subscribed, allowed] =
      GENERATE(row{true, false, false, true}, row{true, false, true, true}, row{false, true, false, false}, row{false, true, true, true},
               row{false, false, true, false});
  const std::string command = GENERATE(as<std::string>{}, R"("history":{"channel":"a","limit":1}})", R"("presence":{"channel":"a"}})",
                                       R"("publish":{"channel":"a","data":1}})");
  CAPTURE(for_client, for_subscriber, subscribed, command);
  auto options = guarded();
  auto& space = options.namespaces.front();
  space.allow_publish_for_client = space.allow_history_for_client = space.allow_presence_for_client = for_client;
  space.allow_publish_for_subscriber = space.allow_history_for_subscriber = space.allow_presence_for_subscriber = for_subscriber;
  session_stage s(options);
  connect_as(s, "ada");
  if (subscribed) s.go_live(2, "a");
  s.hear(R"({"id":3,)" + command);
  const auto told = s.take();
  CHECK((allowed ? !told.front().starts_with("send ") : refused(told, 103)));
}

TEST_CASE("a subscription token lets its user into its room, whatever the namespace says") {
  session_stage s(guarded(false, false));
  connect_as(s, "ada");
  s.hear(subscribe(
      2, with(until(60) + R"(,"info":{"role":"x"},"override":{"force_recovery":{"value":false},"force_positioning":{"value":true}})")));
  CHECK(s.take() == asked);
  const auto& request = s.subscribed().at(s.newest());
  CHECK(request.who->info == client_info{"ada", "c7", {}, R"({"role":"x"})"});
  CHECK(request.terms.expires);
  CHECK(request.terms.ttl_s == 60);
  CHECK(request.terms.instead == subscription_override{false, true, {}, {}});
  s.answer_live();
  s.hear(R"({"id":3,"publish":{"channel":"b","data":1}})");
  CHECK(refused(s.take(), 103));
}

TEST_CASE("who is announced, and who hears of others") {
  struct row {
    bool join_leave;
    bool forced;
    bool presence;
    const char* asked;
    bool announced;
    bool hears;
  };
  const auto [join_leave, forced, presence, asks, announced, hears] =
      GENERATE(row{false, true, true, R"("join_leave":true)", false, false}, row{true, false, true, "", true, false},
               row{true, false, true, R"("join_leave":true)", true, true}, row{true, false, false, R"("join_leave":true)", true, false},
               row{true, true, false, "", true, true});
  CAPTURE(join_leave, forced, presence, asks);
  auto options = guarded();
  options.namespaces.front().join_leave = join_leave;
  options.namespaces.front().force_push_join_leave = forced;
  options.namespaces.front().presence = presence;
  session_stage s(options);
  connect_as(s, "ada");
  s.hear(subscribe(2, asks));
  const auto& who = *s.subscribed().at(s.newest()).who;
  CHECK(who.announced == announced);
  CHECK(who.hears_others == hears);
}

TEST_CASE("the info of a subscription token goes with what its client publishes there, and nowhere else") {
  auto options = guarded();
  options.namespaces.front().allow_publish_for_client = true;
  session_stage s(options);
  connect_as(s, "ada");
  s.hear(subscribe(2, with(R"("sub":"ada","channel":"a","info":7)")));
  s.answer_live();
  for (const auto& [room, info] : {std::pair{"a", "7"}, std::pair{"b", ""}}) {
    s.hear(R"({"id":3,"publish":{"channel":")" + std::string(room) + R"(","data":1}})");
    CHECK(s.published_requests().at(s.newest()).info->chan_info == info);
  }
}

TEST_CASE("a token that is no good is an error, an expired one another") {
  session_stage s(guarded());
  connect_as(s, "ada");
  s.hear(subscribe(2, R"("token":"nonsense")"));
  CHECK(refused(s.take(), 103));
  s.hear(subscribe(3, R"("token":")" + sign_token("other", R"({"sub":"ada","channel":"a"})") + "\""));
  CHECK(refused(s.take(), 103));
  s.hear(subscribe(4, with(R"("sub":"ada")")));
  CHECK(refused(s.take(), 103));
  s.hear(subscribe(5, with(until(-1))));
  CHECK(s.take() == lines{R"(send {"id":5,"error":{"code":109,"message":"token expired"}})", "release 1"});
}

TEST_CASE("a good token for somebody or something else ends the connection") {
  session_stage s(guarded());
  connect_as(s, "ada");
  const auto* claims = GENERATE(R"("sub":"eve","channel":"a")", R"("sub":"ada","channel":"b")", R"("channel":"a")",
                                R"("sub":"ada","channel":"a","client":"c8")");
  CAPTURE(claims);
  s.hear(subscribe(2, with(claims)));
  CHECK(s.take() == closed_as_invalid);
}

TEST_CASE("the pages of a map need the token once") {
  session_stage s(guarded(false));
  connect_as(s, "ada");
  s.hear(subscribe(2, R"("type":1,"phase":2,)" + with(until(60))));
  protocol::subscribe_result page;
  page.type = protocol::subscription_type::map;
  page.phase = protocol::subscribe_phase::state;
  page.cursor = "k";
  s.answer_page(page);
  s.take();
  s.hear(subscribe(3, R"("type":1,"phase":2,"cursor":"k")"));
  CHECK(s.take().front() == "subscribe a id=3");
  CHECK(s.subscribed().at(s.newest()).terms.ttl_s == 60);
}

TEST_CASE("a page flow that is not gone on with does not outlive its token, and who has asked to leave is no subscriber") {
  auto options = guarded(false);
  options.namespaces.front().allow_publish_for_subscriber = true;
  session_stage s(options);
  s.chance = 12'500;
  connect_as(s, "ada");
  s.hear(subscribe(2, R"("type":1,"phase":2,)" + with(until(5))));
  const auto publish = [&] {
    s.take();
    s.hear(R"({"id":9,"publish":{"channel":"a","data":1}})");
    return s.take();
  };
  SECTION("it expires") {
    protocol::subscribe_result page;
    page.type = protocol::subscription_type::map;
    page.phase = protocol::subscribe_phase::state;
    page.cursor = "k";
    s.answer_page(page);
    s.advance(25'000);
    s.hear("{}");
    s.advance(4'999);
    CHECK(publish().front().starts_with("publish a"));
    s.advance(1);
    CHECK(refused(publish(), 103));
    s.hear(subscribe(3, R"("type":1,"phase":2,"cursor":"k")"));
    CHECK(refused(s.take(), 103));
    s.hear(subscribe(4, R"("type":1,"phase":2,"cursor":"k",)" + with(until(60))));
    CHECK(s.take().front() == "subscribe a id=4");
    CHECK(publish().front().starts_with("publish a"));
  }
  SECTION("it is left") {
    CHECK(publish().front().starts_with("publish a"));  // the reply may have come before the broadcaster's word
    s.hear(R"({"id":3,"unsubscribe":{"channel":"a"}})");
    CHECK(refused(publish(), 103));
  }
}

TEST_CASE("a subscription ends a grace period after its token, unless that was refreshed") {
  session_stage s(guarded(false));
  s.chance = 12'500;  // the first ping at 25 s
  connect_as(s, "ada");
  s.hear(subscribe(2, with(until(5))));
  s.answer_live();
  s.take();
  SECTION("it ends, the connection goes on") {
    s.advance(25'000);
    s.hear("{}");
    s.take();
    s.advance(4'999);
    CHECK(s.take().empty());
    s.advance(1);
    CHECK(s.take() == lines{R"(detach a {"push":{"channel":"a","unsubscribe":{"code":2501,"reason":"subscription expired"}}})"});
    s.hear(subscribe(3, with(until(60))));
    CHECK(s.take().front() == "subscribe a id=3");
  }
  SECTION("a new token in time, then no other") {
    s.hear(sub_refresh(3, with(until(20))));
    CHECK(s.take() == lines{R"(send {"id":3,"sub_refresh":{"expires":true,"ttl":20}})", "release 1"});
    s.advance(25'000);
    s.hear("{}");
    s.advance(19'999);
    s.take();
    s.advance(1);
    CHECK(s.take().front().starts_with("detach a "));
  }
  SECTION("a new token that never expires") {
    s.hear(sub_refresh(3, with(R"("sub":"ada","channel":"a")")));
    CHECK(s.take().front() == R"(send {"id":3,"sub_refresh":{}})");
    s.advance(25'000);
    s.hear("{}");
    s.take();
    s.advance(20'000);
    CHECK(s.take().empty());
  }
  SECTION("an expired one is an error, the old one still counts") {
    s.hear(sub_refresh(3, with(until(-1))));
    CHECK(s.take() == lines{R"(send {"id":3,"error":{"code":110,"message":"expired"}})", "release 1"});
  }
  SECTION("a wrong one closes the connection") {
    s.hear(sub_refresh(3, R"("token":"nonsense")"));
    CHECK(s.take() == closed_as_invalid);
  }
  SECTION("so does another user's") {
    s.hear(sub_refresh(3, with(R"("sub":"eve","channel":"a")")));
    CHECK(s.take() == closed_as_invalid);
  }
  SECTION("who has unsubscribed has nothing to refresh, and nothing expires") {
    s.hear(R"({"id":3,"unsubscribe":{"channel":"a"}})");
    s.take();
    s.hear(sub_refresh(4, with(until(60))));
    CHECK(refused(s.take(), 103));
    s.advance(25'000);
    s.hear("{}");
    s.take();
    s.advance(10'000);
    CHECK(s.take().empty());
  }
}

TEST_CASE("a subscribe that takes longer than its token lives ends when it is live") {
  auto options = guarded();
  options.limit.request_timeout_s = 60;
  session_stage s(options);
  s.chance = 12'500;
  connect_as(s, "ada");
  s.hear(subscribe(2, with(until(1))));
  s.take();
  s.advance(25'000);
  s.hear("{}");
  s.advance(5'000);
  CHECK(s.take() == lines{"ping", "release 1"});
  s.answer_live();
  s.advance(1);
  CHECK(s.take().front().starts_with("detach a "));
}

TEST_CASE("a rule with a claim lets its user in, and nobody else") {
  auto options = session_stage::guarded();
  options.namespaces.front() = {};
  options.permissions = {{{*room_glob::parse("{sub}:*")}, {room_action::subscribe, room_action::publish}, {}, false}};
  session_stage s(options);
  connect_as(s, "ada");
  for (const auto& [channel, allowed] : {std::pair{"ada:1", true}, {"ada:*", true}, {"eve:1", false}, {"ad*", false}}) {
    CAPTURE(channel);
    s.hear(R"({"id":2,"subscribe":{"channel":")" + std::string(channel) + "\"}}");
    CHECK(s.take().front().starts_with("subscribe ") == allowed);
  }
  s.hear(R"({"id":3,"publish":{"channel":"ada:2","data":1}})");
  CHECK(s.take().front() == "publish ada:2 1");
  s.hear(R"({"id":4,"history":{"channel":"ada:2","limit":1}})");
  CHECK(refused(s.take(), 103));
}

TEST_CASE("a connection that came with an API key needs no token") {
  auto options = session_stage::guarded();
  const auto key = std::make_shared<known_api_key>(api_key_options{"audit", {}, *actions_of("read"), {room_glob::of_stars("a:*")}});
  session_stage s(options);
  s.state.came_with(key);
  s.hear(R"({"id":1,"connect":{}})");
  CHECK(s.take().front().starts_with(R"(send {"id":1,"connect":)"));
  s.hear(R"({"id":2,"subscribe":{"channel":"a:1"}})");
  CHECK(s.take().front() == "subscribe a:1 id=2");
  CHECK(s.subscribed().at(s.newest()).who->info.user == "apikey:audit");
  for (const auto* command : {R"({"id":3,"subscribe":{"channel":"b:1"}})", R"({"id":3,"publish":{"channel":"a:2","data":1}})"}) {
    s.hear(command);
    CHECK(refused(s.take(), 103));  // the namespace is open to clients
  }
  s.take();
  key->withdraw();
  s.advance(25'000);
  CHECK(s.take().back() == "close 3005");
}

TEST_CASE("commands over the rate of their connection are refused for now; leaving is free") {
  auto options = session_stage::anonymous();
  options.client_rate = {2, 10'000};
  session_stage s(options);
  s.connect();
  s.hear(R"({"id":2,"publish":{"channel":"a","data":1}})");
  CHECK(s.take().front() == "publish a 1");
  s.hear(R"({"id":3,"publish":{"channel":"a","data":2}})");
  CHECK(s.take() == lines{R"(send {"id":3,"error":{"code":111,"message":"too many requests","temporary":true}})", "release 1"});
  s.hear(R"({"send":{"data":1}})");
  CHECK(s.take() == lines{"release 1"});
  s.hear(R"({"id":4,"unsubscribe":{"channel":"a"}})");
  CHECK(s.take().front() == R"(send {"id":4,"unsubscribe":{}})");
  s.advance(5'000);
  s.take();
  s.hear(R"({"id":5,"publish":{"channel":"a","data":3}})");
  CHECK(s.take().front() == "publish a 3");
}

TEST_CASE("while the key of a token is being looked for, nothing is refused for good") {
  auto options = session_stage::guarded();
  bool soon = true;
  options.token_keys = std::make_shared<key_ring>([&](std::string_view) { return soon; });
  const auto unknown = encode_base64url(R"({"alg":"ES256","kid":"new"})") + "." + encode_base64url("{}") + ".AAAA";
  session_stage s(options);
  SECTION("to connect") {
    s.hear(R"({"id":1,"connect":{"token":")" + unknown + R"("}})");
    CHECK(s.take().front().find(R"("error":{"code":100)") != std::string::npos);
  }
  SECTION("to subscribe and to refresh") {
    connect_as(s, "ada");
    s.hear(subscribe(2, R"("token":")" + unknown + "\""));
    CHECK(refused(s.take(), 100));
    s.hear(R"({"id":3,"refresh":{"token":")" + unknown + R"("}})");
    CHECK(refused(s.take(), 100));
    s.go_live(4, "a");
    s.hear(sub_refresh(5, R"("token":")" + unknown + "\""));
    CHECK(refused(s.take(), 100));
    soon = false;
    s.hear(sub_refresh(6, R"("token":")" + unknown + "\""));
    CHECK(s.take() == closed_as_invalid);
  }
}

TEST_CASE("a user with too many connections is told so") {
  session_stage s(session_stage::guarded());
  s.user_may_come = false;
  s.hear(R"({"id":1,"connect":{"token":")" + sign_token("secret", R"({"sub":"ada"})") + R"("}})");
  CHECK(s.take() == lines{"close 3504", "release 1"});
}
