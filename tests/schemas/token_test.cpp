#include "schemas/token.hpp"

#include "schemas/base64.hpp"
#include "schemas/digest.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;

namespace {

constexpr std::string_view secret = "a secret of thirty-two bytes, ok";
constexpr std::string_view hs256 = R"({"alg":"HS256","typ":"JWT"})";
constexpr std::int64_t now = 1'700'000'000;

token_rules trust(std::string_view key) { return {key, {}, {}}; }

std::string signed_token(std::string_view header, std::string_view payload) {
  const auto text = encode_base64url(header) + "." + encode_base64url(payload);
  const auto code = hmac_sha256(secret, text);
  return text + "." + encode_base64url({reinterpret_cast<const char*>(code.data()), code.size()});
}

result<token_claims> verified(std::string_view payload, std::string_view header = hs256) {
  return verify_connection_token(signed_token(header, payload), trust(secret), now);
}

errc refused(std::string_view payload, std::string_view header = hs256) {
  const auto claims = verified(payload, header);
  REQUIRE_FALSE(claims);
  return claims.error().code;
}

}  // namespace

TEST_CASE("the example of RFC 7515 A.1") {
  constexpr std::string_view jwt =
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
      "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  const auto key = decode_base64url("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
  REQUIRE(key);
  const auto claims = verify_connection_token(jwt, trust(*key), 1'300'819'379);
  REQUIRE(claims);
  CHECK(claims->expires_at_s == 1'300'819'380);
  CHECK(claims->sub.empty());
  CHECK(verify_connection_token(jwt, trust(*key), 1'300'819'380).error().code == errc::token_expired);
  CHECK(verify_connection_token(jwt, trust(*key + "x"), 1'300'819'379).error().code == errc::unauthorized);
}

TEST_CASE("the claims of a connection token") {
  const auto claims =
      verified(R"({"sub":"ann","exp":1700000001,"info":{"name":"Ann","n":1.50},"channels":["a","b:c"],"scope":"publish read","x":[1]})");
  REQUIRE(claims);
  CHECK(*claims == token_claims{"ann",
                                now + 1,
                                R"({"name":"Ann","n":1.50})",
                                {{"a", {}}, {"b:c", {}}},
                                "publish read",
                                {},
                                {{"sub", "ann"}, {"scope", "publish read"}}});
  CHECK(*verified("{}") == token_claims{});
  CHECK(verified(R"({"b64info":"eyJhIjpbMV19","meta":{"x":1}})")->info == R"({"a":[1]})");
}

TEST_CASE("the server-side subscriptions of a connection token") {
  const auto claims = verified(
      R"({"channels":["a","b"],"subs":{"b":{"info":{"r":1},"data":[2],"override":{"force_recovery":{"value":false},"join_leave":{"value":true},"x":{"value":1}}},"c":{"b64info":"MQ==","b64data":"Mg=="}}})");
  REQUIRE(claims);
  CHECK(claims->subs ==
        std::map<std::string, subscription_claims>{{"a", {}}, {"b", {R"({"r":1})", "[2]", {false, {}, true, {}}}}, {"c", {"1", "2", {}}}});
}

TEST_CASE("the claims of a subscription token") {
  const auto token = [](std::string_view payload) { return verify_subscription_token(signed_token(hs256, payload), trust(secret), now); };
  const auto claims = token(
      R"({"sub":"ann","channel":"a:1","client":"c","info":{"x":1},"exp":1700000005,"override":{"force_positioning":{"value":true}}})");
  REQUIRE(claims);
  CHECK(*claims == subscription_token{"ann", "a:1", "c", now + 5, {R"({"x":1})", {}, {{}, true, {}, {}}}});
  CHECK_FALSE(token(R"({"channel":"a","exp":1700000005,"expire_at":0})")->expires_at_s);
  CHECK(token(R"({"channel":"a","exp":1700000000})").error().code == errc::token_expired);
  for (const auto* payload : {"{}", R"({"channel":1})", R"({"channel":null})", R"({"channel":"a","client":1})",
                              R"({"channel":"a","override":{"force_recovery":true}})", R"({"channel":"a","b64info":"{}"})"}) {
    INFO(payload);
    REQUIRE_FALSE(token(payload));
    CHECK(token(payload).error().code == errc::unauthorized);
  }
}

TEST_CASE("whose tokens are trusted") {
  const auto check = [](std::string_view payload, const token_rules& trusted) {
    return verify_connection_token(signed_token(hs256, payload), trusted, now).has_value();
  };
  const token_rules audience{secret, "us", {}};
  CHECK(check(R"({"aud":"us"})", audience));
  CHECK(check(R"({"aud":["them","us"]})", audience));
  CHECK_FALSE(check(R"({"aud":["them","us2"]})", audience));
  CHECK_FALSE(check(R"({"aud":[]})", audience));
  CHECK_FALSE(check("{}", audience));
  const token_rules issuer{secret, {}, "backend"};
  CHECK(check(R"({"iss":"backend","aud":"anybody"})", issuer));
  CHECK_FALSE(check(R"({"iss":"other"})", issuer));
  CHECK_FALSE(check("{}", issuer));
}

TEST_CASE("when a connection expires") {
  CHECK(verified(R"({"exp":1700000009,"expire_at":1700000005})")->expires_at_s == now + 5);
  CHECK_FALSE(verified(R"({"exp":1700000009,"expire_at":0})")->expires_at_s);
  CHECK(verified(R"({"exp":1700000009.9})")->expires_at_s == now + 9);
  CHECK(refused(R"({"exp":1700000000})") == errc::token_expired);
  CHECK(refused(R"({"exp":1699999999,"expire_at":1700000005})") == errc::token_expired);
  CHECK(refused(R"({"exp":-5})") == errc::token_expired);
  CHECK(verified(R"({"nbf":1700000060})"));
  CHECK(refused(R"({"nbf":1700000061})") == errc::unauthorized);
}

TEST_CASE("claims that are refused") {
  for (const auto* payload : {R"({"channel":"a"})",
                              R"({"sub":1})",
                              R"({"sub":null})",
                              R"({"exp":"soon"})",
                              R"({"exp":1e30})",
                              R"({"nbf":true})",
                              R"({"channels":"a"})",
                              R"({"aud":1})",
                              R"({"iss":1})",
                              R"({"b64info":"eyJhIjpbMV19="})",
                              R"({"b64info":"YQ=="})",
                              R"({"subs":[]})",
                              R"({"subs":{"a":1}})",
                              R"({"subs":{"a":{"override":1}}})",
                              R"({"channels":[1]})",
                              R"({"scope":[]})",
                              "[]",
                              "null",
                              "{",
                              ""}) {
    INFO(payload);
    CHECK(refused(payload) == errc::unauthorized);
  }
}

TEST_CASE("headers that are refused, though the signature holds") {
  for (const auto* header :
       {R"({"alg":"none"})", R"({"alg":"NONE"})", R"({"alg":"HS512"})", R"({"alg":"HS256","kid":1})", R"({"alg":"RS256"})",
        R"({"alg":"hs256"})", R"({"typ":"JWT"})", R"({"alg":1})", R"({"alg":"HS256","crit":["exp"]})", R"({"alg":"HS256","crit":[]})",
        R"({"alg":"HS256","b64":false})", "[]", "x"}) {
    INFO(header);
    CHECK(refused("{}", header) == errc::unauthorized);
  }
  CHECK(verified("{}", R"({"alg":"HS256","kid":"1","jku":"https://evil.example"})"));
}

TEST_CASE("a leeway for clocks that differ") {
  const auto check = [](std::string_view payload, std::int64_t leeway_s) {
    return verify_connection_token(signed_token(hs256, payload), {secret, {}, {}, leeway_s}, now).has_value();
  };
  CHECK(check(R"({"exp":1699999991})", 10));
  CHECK_FALSE(check(R"({"exp":1699999990})", 10));
}

TEST_CASE("capabilities") {
  const auto caps = [](std::string_view json) { return verified(R"({"sub":"ann","caps":)" + std::string(json) + "}"); };
  const auto read = caps(
      R"([{"channels":["a:1","b:*"],"allow":["sub","publish"]},{"channels":["c:*"],"match":"wildcard","allow":["hst"],"fields":["state"]}])");
  REQUIRE(read);
  CHECK_FALSE(read->caps[0].fields);
  CHECK(read->caps[1].fields == field_mask::of({"state"}, {}).value());
  CHECK(grants(read->caps, room_action::subscribe, "a:1"));
  CHECK(grants(read->caps, room_action::publish, "a:1"));
  CHECK_FALSE(grants(read->caps, room_action::history, "a:1"));
  CHECK_FALSE(grants(read->caps, room_action::subscribe, "b:1"));  // without "match" it is a name
  CHECK(grants(read->caps, room_action::history, "c:1"));
  for (const auto* json :
       {"1", "[1]", R"([{"channels":"a"}])", R"([{"channels":["a"],"allow":["fly"]}])",
        R"([{"channels":["a"],"allow":["sub"],"match":"regex"}])", R"([{"channels":["a"],"allow":["sub"],"fields":"state"}])",
        R"([{"channels":["a"],"allow":["sub"],"fields":[]}])"}) {
    INFO(json);
    REQUIRE_FALSE(caps(json));
    CHECK(caps(json).error().code == errc::unauthorized);
  }
}

TEST_CASE("every change of a token's bytes breaks it") {
  const auto good = signed_token(hs256, R"({"sub":"ann"})");
  REQUIRE(verify_connection_token(good, trust(secret), now));
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto changed = good;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    INFO(i);
    CHECK_FALSE(verify_connection_token(changed, trust(secret), now));
  }
  for (const auto& wrong : {good + "=", good + ".", "." + good, good + "A", good.substr(0, good.rfind('.') + 1), std::string(),
                            std::string(".."), " " + good, good + "\n", std::string(9'000, 'A')}) {
    const auto claims = verify_connection_token(wrong, trust(secret), now);
    REQUIRE_FALSE(claims);
    CHECK(claims.error().code == errc::unauthorized);
  }
}

TEST_CASE("a server without a secret trusts no token, not even one signed with the empty secret") {
  const auto text = encode_base64url(hs256) + "." + encode_base64url("{}");
  const auto code = hmac_sha256("", text);
  const auto jwt = text + "." + encode_base64url({reinterpret_cast<const char*>(code.data()), code.size()});
  CHECK_FALSE(verify_connection_token(jwt, trust(""), now));
}

TEST_CASE("a token has a size limit") {
  CHECK(verified(R"({"sub":")" + std::string(5'000, 'x') + "\"}"));
  CHECK(refused(R"({"sub":")" + std::string(9'000, 'x') + "\"}") == errc::unauthorized);
}
