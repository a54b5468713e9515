#include "schemas/access/permissions.hpp"

#include "schemas/access/api_key.hpp"
#include "schemas/access/operators.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;

namespace {

bool covers(std::string_view pattern, std::string_view room, const claim_texts& claims = {}) {
  const auto parsed = room_glob::parse(pattern);
  REQUIRE(parsed);
  const auto bound = parsed->bind(claims);
  return bound && bound->covers(room);
}

permission_options rule(std::string_view rooms, action_set allow, std::string scope = {}) {
  return {{*room_glob::parse(rooms)}, allow, std::move(scope), false};
}

token_claims user(std::string name, std::string scope = {}) {
  token_claims claims;
  claims.texts["sub"] = name;
  claims.sub = std::move(name);
  claims.scope = std::move(scope);
  return claims;
}

using enum room_action;

}  // namespace

TEST_CASE("patterns of rooms") {
  CHECK(covers("sensor:a", "sensor:a"));
  CHECK_FALSE(covers("sensor:a", "sensor:ab"));
  CHECK_FALSE(covers("sensor:a", "xsensor:a"));
  CHECK(covers("*", "anything:at all"));
  CHECK(covers("sensor:*", "sensor:a"));
  CHECK(covers("sensor:*", "sensor:a:b"));
  CHECK_FALSE(covers("sensor:*", "sensors:a"));
  CHECK(covers("*:log", "a:b:log"));
  CHECK(covers("a*b*c", "abc"));
  CHECK(covers("a*b*c", "a-b-b-c"));
  CHECK(covers("a*bc*d", "abbcbd"));
  CHECK_FALSE(covers("a*b*c", "acb"));
  CHECK(covers("**", "x"));
  CHECK_FALSE(covers("sensor:*x", "sensor:xy"));
}

TEST_CASE("claims in patterns are taken as they are") {
  CHECK(covers("user:{sub}", "user:ann", {{"sub", "ann"}}));
  CHECK_FALSE(covers("user:{sub}", "user:bob", {{"sub", "ann"}}));
  CHECK_FALSE(covers("user:{sub}", "user:", {{"sub", ""}}));
  CHECK_FALSE(covers("user:{sub}", "user:{sub}"));
  CHECK(covers("team:{team}:*", "team:red:chat", {{"team", "red"}}));
  CHECK_FALSE(covers("team:{team}:*", "team:reds:chat", {{"team", "red"}}));
  CHECK_FALSE(covers("user:{sub}", "user:ann", {{"sub", "*"}}));
  CHECK_FALSE(covers("user:{sub}", "user:*", {{"sub", "*"}}));
  CHECK_FALSE(covers("user:{sub}", "user:a*", {{"sub", "a*"}}));
  CHECK_FALSE(covers("user:{sub}", "user:x", {{"sub", "{sub}"}}));
  for (const auto* broken : {"", "{", "}", "a{}", "a{b", "a}b", "a{b{c}}"}) {
    INFO(broken);
    CHECK_FALSE(room_glob::parse(broken));
  }
}

TEST_CASE("a pattern of rooms is covered by what covers all of them") {
  CHECK(covers("sensor:*", "sensor:*"));
  CHECK(covers("sensor:*", "sensor:hall-*"));
  CHECK(covers("*", "sensor:*"));
  CHECK_FALSE(covers("sensor:hall-*", "sensor:*"));
  CHECK_FALSE(covers("sensor:*x", "sensor:*"));
  CHECK_FALSE(covers("sensor:a", "sensor:*"));
  CHECK(covers("user:{sub}-*", "user:ann-*", {{"sub", "ann"}}));
}

TEST_CASE("what nobody allows is forbidden") {
  const server_options options;
  const auto ann = rights_of(options, user("ann"));
  for (const auto what : {subscribe, publish, presence, history, manage}) CHECK_FALSE(may(options, ann, what, "a:b"));
  server_options dev;
  dev.dev = true;
  for (const auto what : {subscribe, publish, presence, history, manage}) CHECK(may(dev, {}, what, "a:b"));
}

TEST_CASE("the scope of a token is for all rooms") {
  const server_options options;
  const auto reader = rights_of(options, user("r", "openid read"));
  CHECK(may(options, reader, subscribe, "a:b"));
  CHECK(may(options, reader, history, "a:b"));
  CHECK(may(options, reader, presence, "a:b"));
  CHECK_FALSE(may(options, reader, publish, "a:b"));
  const auto publisher = rights_of(options, user("p", "publish"));
  CHECK(may(options, publisher, publish, "a:b"));
  CHECK_FALSE(may(options, publisher, subscribe, "a:b"));
  CHECK_FALSE(may(options, rights_of(options, user("x", "reader pub")), subscribe, "a:b"));
}

TEST_CASE("rooms that the server keeps are for who manages them") {
  const server_options options;
  CHECK_FALSE(may(options, rights_of(options, user("r", "read")), subscribe, "$sys"));
  CHECK_FALSE(may(options, rights_of(options, user("r", "manage")), subscribe, "$sys"));
  CHECK(may(options, rights_of(options, user("r", "read manage")), subscribe, "$sys"));
  CHECK(may(options, rights_of(options, user("r", "read manage")), history, "$sys"));
}

TEST_CASE("rules are about those who have such claims") {
  server_options options;
  options.permissions = {rule("user:{sub}", {subscribe, publish}), rule("team:{team}:*", {subscribe}), rule("staff:*", {publish}, "staff")};
  auto claims = user("ann", "staff");
  const auto ann = rights_of(options, claims);
  CHECK(may(options, ann, publish, "user:ann"));
  CHECK_FALSE(may(options, ann, publish, "user:bob"));
  CHECK_FALSE(may(options, ann, history, "user:ann"));
  CHECK(may(options, ann, publish, "staff:1"));
  CHECK_FALSE(may(options, rights_of(options, user("bob")), publish, "staff:1"));
  CHECK_FALSE(may(options, ann, subscribe, "team:red:1"));
  claims.texts["team"] = "red";
  CHECK(may(options, rights_of(options, claims), subscribe, "team:red:1"));
  CHECK_FALSE(may(options, rights_of(options, claims), subscribe, "team:blue:1"));
}

TEST_CASE("a rule is for those without a name only if it says so") {
  server_options options;
  options.permissions = {rule("lobby", {subscribe})};
  CHECK_FALSE(may(options, rights_of(options, user("")), subscribe, "lobby"));
  options.permissions[0].anonymous = true;
  CHECK(may(options, rights_of(options, user("")), subscribe, "lobby"));
}

TEST_CASE("namespaces open rooms to all clients, but not to API keys") {
  server_options options;
  namespace_options open;
  open.name = "open";
  open.allow_subscribe_for_client = open.allow_publish_for_client = true;
  open.allow_history_for_client = open.allow_presence_for_client = true;
  options.namespaces.push_back(open);
  const auto ann = rights_of(options, user("ann"));
  for (const auto what : {subscribe, publish, presence, history}) CHECK(may(options, ann, what, "open:1"));
  CHECK_FALSE(may(options, ann, manage, "open:1"));
  CHECK_FALSE(may(options, ann, subscribe, "open:*"));
  const api_key_options key{"ingest", std::string(64, '0'), {publish}, {room_glob::of_stars("sensor:*")}};
  CHECK(may(options, rights_of(key), publish, "sensor:1"));
  CHECK_FALSE(may(options, rights_of(key), subscribe, "sensor:1"));
  CHECK_FALSE(may(options, rights_of(key), publish, "open:1"));
  CHECK_FALSE(may(options, rights_of(key), subscribe, "open:1"));
}

TEST_CASE("permissions that show certain fields add up, and one without shows everything") {
  const auto mask = [](const std::vector<std::string>& paths) { return field_mask::of(paths, {}).value(); };
  const auto shows = [&](std::string_view rooms, action_set allow, const std::vector<std::string>& paths, std::string scope = {}) {
    auto made = rule(rooms, allow, std::move(scope));
    made.fields = mask(paths);
    return made;
  };
  server_options options;
  options.permissions = {shows("meter:*", {subscribe, history}, {"state"}), shows("meter:a", {subscribe}, {"attributes.level"}),
                         rule("*", {subscribe, history}, "staff")};
  const auto ann = rights_of(options, user("ann"));
  const auto of = [&](const rights& whose, room_action what, const std::string& room) {
    return readable_fields(options, whose, what, room);
  };
  CHECK(of(ann, subscribe, "meter:b") == mask({"state"}));
  CHECK(of(ann, subscribe, "meter:a") == mask({"state", "attributes.level"}));
  CHECK(of(ann, history, "meter:a") == mask({"state"}));
  CHECK(of(ann, subscribe, "meter:*") == mask({"state"}));
  CHECK_FALSE(of(rights_of(options, user("bob", "staff")), subscribe, "meter:a"));

  api_key_options key{"k", "", {subscribe}, {room_glob::of_stars("meter:*")}, mask({"state"})};
  CHECK(of(rights_of(key), subscribe, "meter:a") == mask({"state"}));

  SECTION("an open namespace hides nothing") {
    options.namespaces.front().allow_subscribe_for_client = true;
    CHECK_FALSE(of(ann, subscribe, "meter:b"));
    CHECK(of(ann, history, "meter:b") == mask({"state"}));
    CHECK(of(rights_of(key), subscribe, "meter:a") == mask({"state"}));
  }
  SECTION("history that is open to clients shows what the present shows them") {
    options.namespaces.front().allow_history_for_client = true;
    CHECK(of(ann, history, "meter:a") == mask({"state", "attributes.level"}));
  }
  SECTION("with --dev") {
    options.dev = true;
    CHECK_FALSE(of(ann, subscribe, "meter:b"));
  }
}

TEST_CASE("operators' rooms are for operators, whatever tokens and keys allow, and with --dev") {
  server_options options;
  options.namespaces.front().allow_subscribe_for_client = true;
  options.namespaces.front().allow_subscribe_for_anonymous = true;
  options.namespaces.front().allow_wildcards_for_client = true;
  options.permissions.push_back(rule("*", {subscribe, publish, presence, history, manage}));
  api_key_options everything{"backend", {}, {subscribe, publish, presence, history, manage}, {room_glob::of_stars("*")}};
  api_key_options namesake = everything;
  namesake.name = "operator";
  auto boaster = user("operator", "subscribe publish presence history manage");
  for (const bool dev : {false, true}) {
    options.dev = dev;
    for (const auto& whose :
         {rights{}, rights_of(options, user("ann")), rights_of(options, boaster), rights_of(everything), rights_of(namesake)}) {
      INFO(whose.user << (dev ? " with --dev" : ""));
      CHECK_FALSE(is_operator(whose));
      for (const char* room : {"$sys:overview", "$sys:log", "$sys:*", "$sys:o*"}) {
        CHECK_FALSE(may_subscribe(options, whose, room));
        for (const auto what : {subscribe, publish, presence, history, manage}) CHECK_FALSE(may(options, whose, what, room));
      }
    }
    const auto watching = rights_of_watching_operators();
    CHECK(is_operator(watching));
    CHECK(may_subscribe(options, watching, "$sys:overview"));
    CHECK_FALSE(may_subscribe(options, watching, "$sys:*"));
    CHECK(may(options, watching, history, "sensor:a"));
    CHECK(may(options, watching, subscribe, "$sys"));
    CHECK(may(options, watching, publish, "sensor:a") == dev);
    CHECK(may(options, rights_of_operators(), publish, "sensor:a"));
  }
  CHECK(may_subscribe(options, rights_of(everything), "$sys"));
  CHECK(may_subscribe(options, rights_of(everything), "$system"));
  CHECK_FALSE(is_for_operators("$sys"));
  CHECK_FALSE(is_for_operators("$system:a"));
}

TEST_CASE("an operator's token is compared by its hash; without a hash none is asked for") {
  CHECK(shows_operators_token({}, {}));
  CHECK(shows_operators_token({}, "whatever"));
  const auto hash = hash_api_key("secret");
  CHECK(shows_operators_token(hash, "secret"));
  CHECK_FALSE(shows_operators_token(hash, {}));
  CHECK_FALSE(shows_operators_token(hash, "other"));
  CHECK_FALSE(shows_operators_token(hash, std::string(api_key_bytes_max + 1, 's')));
}
