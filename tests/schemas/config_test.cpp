#include "schemas/config.hpp"
#include "schemas/config/entries.hpp"

#include <fstream>
#include <map>
#include <regex>
#include <set>

#include "schemas/config/keys.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;

namespace {

server_options parsed(std::string_view toml) {
  auto options = parse_config(toml, "test.toml");
  if (!options) FAIL(options.error().detail);
  return *options;
}

std::string fault(std::string_view toml) {
  const auto options = parse_config(toml, "test.toml");
  REQUIRE_FALSE(options);
  CHECK(options.error().code == errc::bad_request);
  return options.error().detail;
}

}  // namespace

TEST_CASE("an empty configuration is the defaults") {
  const auto options = parsed("");
  CHECK(options.listen == "127.0.0.1:8000");
  REQUIRE(options.namespaces.size() == 1);
  CHECK(options.namespaces[0].name.empty());
}

TEST_CASE("a whole configuration") {
  const auto options = parsed(R"(
listen = "0.0.0.0:80"
admin = "[::1]:8001"
data = "/var/lib/tidewire"
log_level = "debug"
allowed_origins = ["https://app.example", "http://localhost:5173"]
[scheduler]
threads = 3
[io]
threads = 2
[storage]
readers = 4
[token]
hmac_secret = "0123456789abcdef0123456789abcdef"
[test]
echo = true
faults = true
[limits]
document_bytes_max = "2MiB"
ping_interval_s = "1m"
load_ms = "2s"
tags_max = 7
message_bytes_max = 70000
[[namespace]]
durability = "memory"
[[namespace]]
name = "sensor"
durability = "wal"
history_size = 12
history_ttl = "24h"
presence = false
force_recovery = false
allow_publish_for_client = true
allow_subscribe_for_client = false
allow_history_for_client = false
allow_presence_for_client = false
slow_consumer = "disconnect"
batch_delay_ms = "50ms"
batch_max = 9
idempotency_ttl = 60
)");
  CHECK(options.listen == "0.0.0.0:80");
  CHECK(options.admin == "[::1]:8001");
  CHECK(options.data == "/var/lib/tidewire");
  CHECK(options.log_level == "debug");
  CHECK(options.allowed_origins == std::vector<std::string>{"https://app.example", "http://localhost:5173"});
  CHECK(options.scheduler_threads == 3);
  CHECK(options.io_threads == 2);
  CHECK(options.readers == 4);
  CHECK(options.token_hmac_secret.size() == 32);
  CHECK(options.test_echo);
  CHECK(options.test_faults);
  CHECK(options.limit.document_bytes_max == 2 * 1'048'576);
  CHECK(options.limit.ping_interval_s == 60);
  CHECK(options.limit.load_ms == 2'000);
  CHECK(options.limit.tags_max == 7);
  CHECK(options.limit.message_bytes_max == 70'000);
  CHECK(options.limit.room_name_bytes_max == 255);
  REQUIRE(options.namespaces.size() == 2);
  CHECK(options.namespaces[0].kept == durability::memory);
  const auto& sensor = options_of(options, "sensor:1");
  CHECK(sensor.name == "sensor");
  CHECK(sensor.kept == durability::wal);
  CHECK(sensor.history_size == 12);
  CHECK(sensor.history_ttl_s == 86'400);
  CHECK_FALSE(sensor.presence);
  CHECK_FALSE(sensor.force_recovery);
  CHECK(sensor.allow_publish_for_client);
  CHECK_FALSE(sensor.allow_subscribe_for_client);
  CHECK_FALSE(sensor.allow_history_for_client);
  CHECK_FALSE(sensor.allow_presence_for_client);
  CHECK(sensor.batch_delay_ms == 50);
  CHECK(sensor.batch_max == 9);
  CHECK(sensor.idempotency_ttl_s == 60);
}

TEST_CASE("an unknown key is refused with its line and the nearest known one") {
  CHECK(fault("\nlistne = \"127.0.0.1:1\"") == R"(test.toml:2: unknown key "listne", the nearest known one is "listen")");
  CHECK(fault("[limits]\nping_intervall_s = 5") ==
        R"(test.toml:2: unknown key "limits.ping_intervall_s", the nearest known one is "limits.ping_interval_s")");
  CHECK(fault("[limit]\ntags_max = 5") == R"(test.toml:1: unknown key "limit", the nearest known one is "limits")");
  CHECK(fault("[[namespace]]\nname = \"a\"\nhistory = 5") ==
        R"(test.toml:3: unknown key "history", the nearest known one is "history_ttl")");
  CHECK(fault("[[namespaces]]\nname = \"a\"") == R"(test.toml:1: unknown key "namespaces", the nearest known one is "namespace")");
}

TEST_CASE("all faults are told at once, by line") {
  CHECK(fault("log_level = \"loud\"\nlisten = 1\n[io]\nthreads = 257\n") ==
        "test.toml:1: \"log_level\" must be one of \"trace\" \"debug\" \"info\" \"warn\" \"error\" \"off\"\n"
        "test.toml:2: \"listen\" must be a string\n"
        "test.toml:4: \"io.threads\" must be an integer from 0 to 256");
}

TEST_CASE("faults of values") {
  const auto toml = GENERATE(
      as<std::string>{}, "listen = \"127.0.0.1\"", "listen = \"127.0.0.1:70000\"", "listen = \":80\"", "listen = \"a b:80\"",
      "listen = \"::1:80\"", "data = \"\"", "io.threads = -1", "io.threads = 1.5", "io.threads = \"1\"", "io = 1",
      "[limits]\ndocument_bytes_max = \"1 MiB\"", "[limits]\nload_ms = \"1 s\"", "[limits]\nping_interval_s = \"1500ms\"",
      "[limits]\nping_interval_s = 0", "[limits]\nroom_name_bytes_max = 256", "[limits]\npage_rows_max = 10", "allowed_origins = \"*\"",
      "allowed_origins = [1]", "allowed_origins = [\"app.example\"]", "dev = true", "test.echo = 1", "listen = 2020-01-01", "namespace = 1",
      "[namespace]\nname = \"a\"", "namespace = [1]", "[[namespace]]\nname = \"a:b\"", "[[namespace]]\nname = \"$clients\"",
      "[[namespace]]\nname = \"a\"\ndurability = \"disk\"", "[[namespace]]\nslow_consumer = \"wait\"", "[[namespace]]\nhistory_size = -1",
      "[[namespace]]\nforce_recovery_mode = \"last\"", "[[namespace]]\nhistory_size = 0\nforce_recovery_mode = \"cache\"",
      "[[namespace]]\nmap.mode = \"durable\"\nmap.key_ttl = 1", "[[namespace]]\nmap.mode = \"ephemeral\"",
      "[[namespace]]\nmap.mode = \"recoverable\"\nmap.key_ttl = 0", "[[namespace]]\nmap.key_ttl = -1", "[[namespace]]\nmap = 1",
      "listen = ", "a = 1\na = 2");
  INFO(toml);
  CHECK(fault(toml).starts_with("test.toml:"));
}

TEST_CASE("modes of maps") {
  const auto modes = parsed(R"(
[[namespace]]
name = "cursors"
map = { mode = "ephemeral", key_ttl = "60s" }
[[namespace]]
name = "games"
history_size = 50
[namespace.map]
mode = "ephemeral"
key_ttl = 5
[[namespace]]
name = "lobby"
map.mode = "recoverable"
map.key_ttl = "1m"
[[namespace]]
name = "fleet"
map.key_ttl = 7
)");
  const auto& all = modes.namespaces;
  REQUIRE(all.size() == 5);
  CHECK((all[0].map == map_mode::persistent && all[0].key_ttl_s == 0));
  CHECK((all[1].map == map_mode::ephemeral && all[1].key_ttl_s == 60 && all[1].history_size == 0));
  CHECK((all[2].map == map_mode::ephemeral && all[2].key_ttl_s == 5 && all[2].history_size == 50));
  CHECK((all[3].map == map_mode::recoverable && all[3].key_ttl_s == 60 && all[3].history_size == 10'000));
  CHECK((all[4].map == map_mode::persistent && all[4].key_ttl_s == 7));
}

TEST_CASE("a namespace may be defined once") {
  CHECK(fault("[[namespace]]\nname = \"a\"\n[[namespace]]\nname = \"a\"") == R"(test.toml:3: namespace "a" is already on line 1)");
  CHECK(fault("[[namespace]]\n\n[[namespace]]\n") == "test.toml:3: the default namespace is already on line 1");
}

TEST_CASE("a syntax error has its line") { CHECK(fault("\n\nlisten = \"a").starts_with("test.toml:3: ")); }

TEST_CASE("every limit has a key of its name") {
  std::ifstream header(std::string(TIDEWIRE_SOURCE_DIR) + "/schemas/limits.hpp");
  REQUIRE(header);
  const std::regex member(R"(^\s+std::\S+ (\w+) = )");
  std::set<std::string> members;
  for (std::string line; std::getline(header, line);)
    if (std::smatch found; std::regex_search(line, found, member)) members.insert("limits." + found[1].str());
  CHECK(members.size() > 30);
  for (const auto& name : members) {
    INFO(name);
    CHECK(config::find_key(config::server_keys(), name) != nullptr);
  }
}

TEST_CASE("the environment is over the file, under the same rules") {
  std::map<std::string, std::string, std::less<>> variables{{"TIDEWIRE_LISTEN", "127.0.0.1:9"},
                                                            {"TIDEWIRE_ADMIN", "127.0.0.1:10"},
                                                            {"TIDEWIRE_DATA", "d"},
                                                            {"TIDEWIRE_LOG_LEVEL", "warn"},
                                                            {"TIDEWIRE_TOKEN_HMAC_SECRET", "s"}};
  const auto lookup = [&](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  const auto options = apply_environment(parsed("listen = \"127.0.0.1:1\"\nio.threads = 2"), lookup);
  REQUIRE(options);
  CHECK(options->listen == "127.0.0.1:9");
  CHECK(options->admin == "127.0.0.1:10");
  CHECK(options->data == "d");
  CHECK(options->log_level == "warn");
  CHECK(options->token_hmac_secret == "s");
  CHECK(options->io_threads == 2);

  variables = {{"TIDEWIRE_LISTEN", "nowhere"}, {"TIDEWIRE_LOG_LEVEL", "loud"}};
  const auto refused = apply_environment({}, lookup);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().detail.starts_with("TIDEWIRE_LISTEN must be an address"));
  CHECK(refused.error().detail.find("\nTIDEWIRE_LOG_LEVEL must be one of") != std::string::npos);
}

TEST_CASE("how the server looks at itself is read from the same document, with the same faults") {
  constexpr auto text = R"(listen = "127.0.0.1:1"
log.format = "json"
[statistics]
actor_times = false
slow_query = "5ms"
[leak_watch]
window = "1m"
growth = "1MiB"
)";
  CHECK_FALSE(parsed(text).actor_times);
  const auto read = parse_observation(text, "test.toml");
  REQUIRE(read);
  CHECK(read->json_log);
  CHECK_FALSE(read->access_log);
  CHECK(read->slow_query_ms == 5);
  CHECK(read->slow_request_ms == 1'000);
  CHECK(read->leaks.window_s == 60);
  CHECK(read->leaks.growth_bytes == 1'048'576);
  CHECK(fault("[log]\nformat = \"xml\"\n[statistics]\nslow_queri = 1\n") ==
        "test.toml:2: \"log.format\" must be one of \"text\" \"json\"\n"
        "test.toml:4: unknown key \"statistics.slow_queri\", the nearest known one is \"statistics.slow_query\"");
  CHECK_FALSE(parse_observation("lisen = 1", "test.toml"));
  CHECK(fault("log = 1") == "test.toml:1: \"log\" must be a section: [log]");

  const auto lookup = [](const char* says) {
    return [says](std::string_view name) { return name == "TIDEWIRE_LOG_FORMAT" ? std::optional<std::string>(says) : std::nullopt; };
  };
  CHECK(apply_log_environment({}, lookup("json"))->json_log);
  CHECK_FALSE(apply_log_environment(*read, lookup("text"))->json_log);
  CHECK(apply_log_environment({}, lookup("xml")).error().detail == R"(TIDEWIRE_LOG_FORMAT must be one of "text" "json")");
}

TEST_CASE("permissions, API keys and rates") {
  const auto options = parsed(R"(
[[permission]]
rooms = ["user:{sub}", "a:*"]
allow = ["subscribe", "publish"]
scope = "staff"
[[permission]]
rooms = ["lobby"]
allow = ["read"]
anonymous = true
fields = ["state", "attributes.level"]
[[api_key]]
name = "ingest"
hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
scopes = ["publish"]
rooms = ["sensor:*"]
[rate_limit.client]
requests = 5
window = "2s"
[token]
jwks_public_endpoint = "https://issuer.example/jwks"
leeway = "5s"
)");
  REQUIRE(options.permissions.size() == 2);
  CHECK(options.permissions[0].rooms == std::vector{*room_glob::parse("user:{sub}"), *room_glob::parse("a:*")});
  CHECK(options.permissions[0].allow == action_set{room_action::subscribe, room_action::publish});
  CHECK(options.permissions[0].scope == "staff");
  CHECK_FALSE(options.permissions[0].anonymous);
  CHECK(options.permissions[1].allow == action_set{room_action::subscribe, room_action::presence, room_action::history});
  CHECK(options.permissions[1].anonymous);
  CHECK_FALSE(options.permissions[0].fields);
  CHECK(options.permissions[1].fields == field_mask::of({"attributes.level", "state"}, {}).value());
  REQUIRE(options.api_keys.size() == 1);
  CHECK(options.api_keys[0].name == "ingest");
  CHECK(options.api_keys[0].rooms == std::vector{room_glob::of_stars("sensor:*")});
  CHECK(options.client_rate == rate{5, 2'000});
  CHECK(options.token_leeway_s == 5);
  CHECK(trusts_tokens(options));
  CHECK_FALSE(trusts_tokens(server_options{}));
  CHECK(fault("[[api_key]]\nname = \"a\"\nhash = \"secret\"\nscopes = [\"read\"]\nrooms = [\"*\"]")
            .starts_with("test.toml:3: \"hash\" must be a SHA-256"));
  CHECK(fault("[permission]\nrooms = []") == "test.toml:1: \"permission\" must be an array of tables: [[permission]]");
  CHECK(fault("[[permission]]\nallow = [\"read\"]") == "test.toml:1: a [[permission]] needs \"rooms\"");
  CHECK(fault("[token]\njwks_public_endpoint = \"issuer\"") ==
        "test.toml:2: \"token.jwks_public_endpoint\" must be a URL that begins with https:// or http://");
}

TEST_CASE("what certain fields and TLS need") {
  CHECK(fault("[[permission]]\nrooms = [\"a\"]\nallow = [\"read\"]\nfields = []").find("\"fields\" must be an array of paths") !=
        std::string::npos);
  CHECK(fault("[[permission]]\nrooms = [\"a\"]\nallow = [\"read\"]\nfields = [\"a..b\"]").find("\"a..b\" is no path") != std::string::npos);
  CHECK(fault("[tls]\ncertificate_file = \"a.pem\"").find("needs both") != std::string::npos);
  CHECK(parsed("[tls]\ncertificate_file = \"a.pem\"\nprivate_key_file = \"a.key\"").tls_private_key_file == "a.key");
}

TEST_CASE("weak settings are warned of, without the secret") {
  server_options options;
  CHECK(config_warnings(options).size() == 1);  // no secret
  options.token_hmac_secret = "hunter2";
  options.allowed_origins = {"*"};
  options.test_echo = options.test_faults = options.dev = true;
  options.listen = options.admin = "0.0.0.0:80";
  const auto warnings = config_warnings(options);
  CHECK(warnings.size() == 6);
  for (const auto& warning : warnings) CHECK(warning.find("hunter2") == std::string::npos);
  options = {};
  options.token_hmac_secret = std::string(32, 'x');
  CHECK(config_warnings(options).empty());
  options.listen = "0.0.0.0:443";
  CHECK(config_warnings(options).size() == 1);  // tokens in the clear
  options.tls_certificate_file = "a.pem";
  CHECK(config_warnings(options).empty());
}

TEST_CASE("a configuration as a flat list: sections with dots, tables by name or place, secrets known as such") {
  const auto entries = config_entries(R"(log_level = "debug"
[limits]
tags_max = 16
[token]
hmac_secret = "very secret"
public_key_files = ["a.pem", "b.pem"]
[[namespace]]
presence = false
[[namespace]]
name = "sensor"
history_ttl = "24h"
)",
                                      "test.toml");
  REQUIRE(entries);
  CHECK(*entries == std::vector<config_entry>{{"limits.tags_max", "16"},
                                              {"log_level", R"("debug")"},
                                              {"namespace[0].presence", "false"},
                                              {"namespace[sensor].history_ttl", R"("24h")"},
                                              {"namespace[sensor].name", R"("sensor")"},
                                              {"token.hmac_secret", R"("very secret")", true},
                                              {"token.public_key_files", R"(["a.pem","b.pem"])"}});
  CHECK(config_entries("a = ", "test.toml").error().detail.starts_with("test.toml:1: "));
  CHECK(takes_effect_at_reload("log_level"));
  CHECK_FALSE(takes_effect_at_reload("listen"));
}
