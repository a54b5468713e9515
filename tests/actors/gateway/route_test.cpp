#include "actors/gateway/page_files.hpp"
#include "schemas/access/api_key.hpp"
#include "tests/actors/gateway/stage.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/token.hpp"

using namespace tidewire;
using namespace tidewire::test;

namespace {

constexpr auto reading = "GET, HEAD, OPTIONS";
constexpr auto posting = "POST, OPTIONS";
constexpr auto changing = "GET, HEAD, PUT, PATCH, DELETE, OPTIONS";

// Every path, and the methods it takes.
const std::vector<std::pair<std::string, std::string>>& paths() {
  static const std::vector<std::pair<std::string, std::string>> all{{"/livez", reading},
                                                                    {"/readyz", reading},
                                                                    {"/healthz", reading},
                                                                    {"/api/v1/health", reading},
                                                                    {"/api/v1/events", posting},
                                                                    {"/api/v1/rooms", reading},
                                                                    {"/api/v1/rooms/a", reading},
                                                                    {"/api/v1/rooms/a/events", posting},
                                                                    {"/api/v1/rooms/a/entities", reading},
                                                                    {"/api/v1/rooms/a/entities/k", changing},
                                                                    {"/api/v1/rooms/a/history", reading},
                                                                    {"/api/v1/rooms/a/presence", reading},
                                                                    {"/api/v1/rooms/a/messages", posting},
                                                                    {"/api/v1/openapi.json", reading},
                                                                    {"/api/v1/asyncapi.json", reading},
                                                                    {"/api/publish", posting},
                                                                    {"/problems/not-found", reading},
                                                                    {"/", reading},
                                                                    {"/assets/app%201.js", reading}};
  return all;
}

std::vector<transport::header> bearer(const std::string& token, const std::string& scheme = "Bearer") {
  return {{"authorization", scheme + " " + token}};
}

std::string token_with(const std::string& scope) { return sign_token("secret", R"({"sub":"feed","scope":")" + scope + R"("})"); }

}  // namespace

TEST_CASE("every path tells which methods it takes, and refuses the others") {
  gateway_stage s;
  const auto [path, allowed] = GENERATE(from_range(paths()));
  CAPTURE(path);
  const auto options = s.ask("OPTIONS", path);
  CHECK(options->response().status == 204);
  CHECK(options->field("allow") == allowed);
  for (const std::string method : {"GET", "PUT", "POST", "PATCH", "DELETE", "TRACE", "get"}) {
    if ((", " + allowed + ",").find(", " + method + ",") != std::string::npos) continue;
    CAPTURE(method);
    const auto refused = s.ask(method, path);
    CHECK(refused->response().status == 405);
    CHECK(refused->field("allow") == allowed);
    CHECK(refused->response().content_type == "application/problem+json");
    CHECK(refused->member("type") == R"("/problems/method-not-allowed")");
  }
  CHECK(s.take().empty());
}

TEST_CASE("HEAD is answered as GET") {
  gateway_stage s;
  CHECK(s.ask("HEAD", "/livez")->response().status == 200);
  s.ask("HEAD", "/api/v1/rooms/a");
  CHECK(s.take() == lines{"room a"});
}

TEST_CASE("what is not there is a problem, not the page") {
  gateway_stage s;
  const std::string path = GENERATE("/api", "/api/v1", "/api/v2/rooms", "/api/v1/nothing", "/api/v1/rooms/a/nothing",
                                    "/api/v1/rooms/a/entities/k/more", "/api/v1/rooms/a/history/1", "/no/such/file.js");
  CAPTURE(path);
  const auto missing = s.get(path);
  CHECK(missing->response().status == 404);
  CHECK(missing->response().content_type == "application/problem+json");
  CHECK(missing->member("status") == "404");
}

TEST_CASE("a target that is no path is refused") {
  gateway_stage s;
  const std::string target = GENERATE("*", "", "/a//b", "/a/../b", "/%zz", "/livez?verbose&verbose");
  CAPTURE(target);
  const auto refused = s.get(target);
  CHECK(refused->response().status == 400);
  CHECK(refused->member("type") == R"("/problems/bad-request")");
}

TEST_CASE("a query parameter that nobody knows is refused by name") {
  gateway_stage s;
  const auto [path, allowed] = GENERATE(from_range(paths()));
  CAPTURE(path);
  const bool asset = path == "/" || path.starts_with("/assets");
  const std::string method = std::string(allowed) == posting ? "POST" : "GET";
  const auto refused = s.ask(method, path + "?colour=blue");
  CHECK(refused->response().status == (asset ? 200 : 400));
  if (!asset) CHECK(refused->member("detail") == R"("unknown query parameter \"colour\"")");
  CHECK(s.take().empty());
}

TEST_CASE("names of rooms and keys are decoded once and checked") {
  gateway_stage s;
  SECTION("whatever is encoded belongs to the name") {
    s.get("/api/v1/rooms/a%2Fb%3Ac/entities/k%25k");
    CHECK(s.take() == lines{"entity a/b:c k%k"});
  }
  SECTION("a name that cannot be") {
    const std::string path = GENERATE("/api/v1/rooms/a:", "/api/v1/rooms/%01", "/api/v1/rooms/a/entities/%7F");
    CHECK(s.get(path)->response().status == 400);
  }
  SECTION("rooms that nobody may publish to can be read") {
    s.get("/api/v1/rooms/$clients:a");
    CHECK(s.take() == lines{"room $clients:a"});
    CHECK(s.post("/api/v1/rooms/$clients:a/events", R"({"data":1})")->response().status == 403);
    CHECK(s.ask("DELETE", "/api/v1/rooms/a*/entities/k")->response().status == 400);
    CHECK(s.take().empty());
  }
}

TEST_CASE("liveness is always, readiness while the engine serves") {
  gateway_stage s(gateway_stage::guarded());  // both without credentials
  const std::string path = GENERATE("/readyz", "/healthz", "/api/v1/health", "/readyz?verbose");
  CHECK(s.get(path)->response().status == 200);
  CHECK(s.get("/livez")->response().body == "ok\n");
  s.serves = false;
  CHECK(s.get(path)->response().status == 503);
  CHECK(s.get(path)->response().body == "not ready\n");
  CHECK(s.get("/livez")->response().status == 200);
}

TEST_CASE("the page is served with its tags") {
  gateway_stage s(gateway_stage::guarded());
  const auto page = s.get("/");
  CHECK(page->response().status == 200);
  CHECK(page->response().content_type == "text/html");
  CHECK(page->response().body == "<html>");
  CHECK(page->field("etag") == "\"i1\"");
  CHECK(page->field("cache-control") == "no-cache");
  CHECK(page->field("x-content-type-options") == "nosniff");
  const auto code = s.get("/assets/app%201.js");
  CHECK(code->response().body == "app()");
  CHECK(code->field("cache-control") == "public, max-age=31536000, immutable");
  const auto unchanged = s.get("/", {{"if-none-match", "\"i1\""}});
  CHECK(unchanged->response().status == 304);
  CHECK(unchanged->response().body.empty());
  CHECK(unchanged->response().content_type.empty());
  CHECK(unchanged->field("etag") == "\"i1\"");
  CHECK(s.get("/", {{"if-none-match", "\"i0\""}})->response().status == 200);
}

TEST_CASE("the operators' console is not for clients, however its path is written") {
  gateway_stage s;
  const std::string path = GENERATE("/console.html", "/console/app.js", "/%63onsole.html", "/console%2Fapp.js", "/console");
  CHECK(s.get(path)->response().status == 404);
}

TEST_CASE("a path of the operators' listener means the console, what it is made of, or neither") {
  CHECK(console_file("/") == "/console.html");
  CHECK(console_file("/console") == "/console.html");
  CHECK(console_file("/console.html") == "/console.html");
  CHECK(console_file("/console/app.js") == "/console/app.js");
  CHECK(console_file("/assets/shared.js") == "/assets/shared.js");
  CHECK(console_file("/icon.svg") == "/icon.svg");
  const std::string other = GENERATE("/index.html", "/metrics", "/api/v1/tree", "/consoles", "/admin/openapi.json", "");
  CHECK(console_file(other).empty());
}

TEST_CASE("without --dev the API needs a token of our secret") {
  gateway_stage s(gateway_stage::guarded());
  SECTION("none, or a wrong one") {
    const auto headers =
        GENERATE(std::vector<transport::header>{}, std::vector<transport::header>{{"authorization", "Basic YTpi"}}, bearer("nonsense"),
                 bearer(sign_token("other", R"({"scope":"read publish"})")), bearer(sign_token("secret", R"({"scope":"read","exp":1})")));
    const auto refused = s.get("/api/v1/rooms", headers);
    CHECK(refused->response().status == 401);
    CHECK(refused->field("www-authenticate") == "Bearer");
  }
  SECTION("its scope says what it may do") {
    const auto [scope, may_read, may_publish] = GENERATE(table<std::string, bool, bool>({{"read", true, false},
                                                                                         {"publish", false, true},
                                                                                         {"read publish", true, true},
                                                                                         {"publish  read", true, true},
                                                                                         {"", false, false},
                                                                                         {"reader publisher", false, false}}));
    CAPTURE(scope);
    const auto headers = bearer(token_with(scope));
    CHECK(s.get("/api/v1/rooms/a", headers)->answers.empty() == may_read);
    CHECK(s.ask("DELETE", "/api/v1/rooms/a/entities/k", headers)->answers.empty() == may_publish);
    CHECK(s.take().size() == std::size_t{may_read} + std::size_t{may_publish});
    if (!may_read) {
      const auto refused = s.get("/api/v1/rooms/a", headers);
      CHECK(refused->response().status == 403);
      CHECK(refused->member("detail") == R"("these credentials may not subscribe to or read this room")");
      CHECK(s.refusals.back() == errc::permission_denied);
    }
  }
  SECTION("the name of the scheme is in any case (RFC 9110 §11.1)") {
    s.get("/api/v1/rooms/a", bearer(token_with("read"), "bearer"));
    CHECK(s.take() == lines{"room a"});
  }
  SECTION("which methods there are is no secret") { CHECK(s.ask("OPTIONS", "/api/v1/rooms/a")->response().status == 204); }
}

TEST_CASE("an API key does what it is for, where it is for") {
  auto options = gateway_stage::guarded();
  options.known_keys = std::make_shared<api_key_ring>(
      std::vector<api_key_options>{{"ingest", hash_api_key("k"), {room_action::publish}, {room_glob::of_stars("sensor:*")}},
                                   {"audit", hash_api_key("r"), *actions_of("read"), {room_glob::of_stars("*")}}});
  gateway_stage s(options);
  const auto with = [](std::string key) {
    return std::vector<transport::header>{{"x-api-key", std::move(key)}, {"content-type", "application/json"}};
  };
  CHECK(s.ask("POST", "/api/v1/rooms/sensor:a/events", with("k"), R"({"data":1,"idempotency_key":"i"})")->answers.empty());
  CHECK(s.published_request().operations[0].once->scope == std::string("key\0apikey:ingest", 17));
  CHECK(s.ask("POST", "/api/v1/rooms/other:a/events", with("k"), R"({"data":1})")->response().status == 403);
  CHECK(s.get("/api/v1/rooms/sensor:a", with("k"))->response().status == 403);
  CHECK(s.get("/api/v1/rooms/sensor:a", with("r"))->answers.empty());
  CHECK(s.get("/api/v1/rooms/sensor:a", {{"authorization", "ApiKey r"}})->answers.empty());
  CHECK(s.get("/api/v1/rooms/sensor:a", with("x"))->response().status == 401);
  CHECK(s.get("/api/v1/rooms/sensor:a", with(hash_api_key("r")))->response().status == 401);
  const auto token = token_with("read");
  CHECK(s.get("/api/v1/rooms/sensor:a", {{"authorization", "Bearer " + token}, {"x-api-key", "x"}})->response().status == 401);
}

TEST_CASE("rooms of a body, the past and listings need permission, too") {
  auto options = gateway_stage::guarded();
  options.known_keys = std::make_shared<api_key_ring>(
      std::vector<api_key_options>{{"a", hash_api_key("k"), {room_action::publish, room_action::subscribe}, {room_glob::of_stars("a:*")}}});
  gateway_stage s(options);
  const auto with = [](std::string type) { return std::vector<transport::header>{{"x-api-key", "k"}, {"content-type", std::move(type)}}; };
  const auto event = [](std::string room) {
    return R"({"specversion":"1.0","id":"1","source":"s","type":"t","data":1,"room":")" + room + "\"}";
  };
  CHECK(s.ask("POST", "/api/v1/events", with("application/cloudevents+json"), event("a:1"))->answers.empty());
  CHECK(s.ask("POST", "/api/v1/events", with("application/cloudevents+json"), event("b:1"))->response().status == 403);
  CHECK(s.get("/api/v1/rooms/a:1/entities", with(""))->answers.empty());
  CHECK(s.get("/api/v1/rooms/a:1/entities?at=1", with(""))->response().status == 403);
  CHECK(s.get("/api/v1/rooms/a:1/entities/k?at=1", with(""))->response().status == 403);

  const auto listed = s.get("/api/v1/rooms", with(""));
  s.state.on_rooms(s.newest(), std::vector<storage::named_room>{{"$sys", {}}, {"a:1", {}}, {"b:1", {}}});
  CHECK(listed->response().body.find("a:1") != std::string::npos);
  CHECK(listed->response().body.find("b:1") == std::string::npos);
  CHECK(listed->response().body.find("$sys") == std::string::npos);

  s.take();
  const auto shown = s.get("/api/v1/rooms/a:1", with(""));
  s.state.on_room(s.newest(), std::optional(storage::named_room{}));
  CHECK(shown->response().status == 200);  // how many are there is for those who may see presence
  CHECK(shown->response().body.find("subscribers") == std::string::npos);
  CHECK(s.take() == lines{"room a:1"});
}

TEST_CASE("a caller who asks too often is told when to come again") {
  auto options = gateway_stage::guarded();
  options.caller_rate = {2, 10'000};
  gateway_stage s(options);
  const auto ann = bearer(sign_token("secret", R"({"sub":"ann","scope":"read"})"));
  const auto bob = bearer(sign_token("secret", R"({"sub":"bob","scope":"read"})"));
  const auto first = s.get("/api/v1/rooms/a:*", ann);  // refused, but it counts
  CHECK(first->field("ratelimit-policy") == "\"caller\";q=2;w=10");
  CHECK(first->field("ratelimit") == "\"caller\";r=1;t=5");
  CHECK(s.get("/api/v1/rooms/a", ann)->answers.empty());
  const auto refused = s.get("/api/v1/rooms/a", ann);
  CHECK(refused->response().status == 429);
  CHECK(refused->field("retry-after") == "5");
  CHECK(refused->field("ratelimit") == "\"caller\";r=0;t=5");
  CHECK(s.refusals == std::vector<errc>{errc::too_many_requests});
  CHECK(s.get("/api/v1/rooms/a", bob)->answers.empty());
  CHECK(s.get("/livez", ann)->response().status == 200);
  s.advance(5'000);
  CHECK(s.get("/api/v1/rooms/a", ann)->answers.empty());
}

TEST_CASE("idempotency ids belong to the caller") {
  gateway_stage s(gateway_stage::guarded());
  auto headers = bearer(token_with("publish"));
  headers.push_back({"content-type", "application/json"});
  s.ask("POST", "/api/v1/rooms/a/events", headers, R"({"data":1,"idempotency_key":"i"})");
  REQUIRE(s.published_request().operations.size() == 1);
  CHECK(s.published_request().operations[0].once->scope == std::string("key\0feed", 8));
}

TEST_CASE("a type of problem leads to a page that says what it means, to everybody") {
  gateway_stage s(gateway_stage::guarded());
  const auto page = s.get("/problems/version-conflict");
  CHECK(page->response().status == 200);
  CHECK(page->response().content_type == "text/plain; charset=utf-8");
  CHECK(page->response().body.find("HTTP status:      412") != std::string::npos);
  CHECK(s.get("/problems/nonsense")->response().status == 404);
}

TEST_CASE("the server API is for who is known, and hears who that is") {
  gateway_stage s(gateway_stage::guarded());
  CHECK(s.post("/api/publish", "{}")->response().status == 401);
  CHECK(s.ask("POST", "/api/publish", bearer(token_with("publish")), "{}")->response().status == 204);
  CHECK(s.take() == lines{"api /api/publish feed"});
  CHECK(s.ask("POST", "/api/publish?api_key=x", bearer(token_with("publish")), "{}")->response().status == 400);
  CHECK(s.ask("POST", "/api/a/b", bearer(token_with("publish")), "{}")->response().status == 404);
  CHECK(s.ask("POST", "/api/v1", bearer(token_with("publish")), "{}")->response().status == 404);
}
