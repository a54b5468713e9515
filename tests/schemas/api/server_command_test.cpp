#include "schemas/api/server_command.hpp"

#include "schemas/api/problem_page.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::api;

namespace {

const limits bounds;

server_command parsed(server_method what, std::string_view body) {
  const auto made = parse_server_command(what, body, "me", bounds);
  INFO(body << (made ? "" : made.error().detail));
  REQUIRE(made);
  return *made;
}

errc refusal(server_method what, std::string_view body, const limits& within = bounds) {
  const auto made = parse_server_command(what, body, "me", within);
  INFO(body);
  REQUIRE(!made);
  CHECK(!made.error().detail.empty());
  return made.error().code;
}

}  // namespace

TEST_CASE("a publish is a publication of the stream, a map publish sets its key") {
  const auto plain = parsed(server_method::publish, R"({"channel":"a:1","data": {"n": 1},"tags":{"k":"v"}})");
  CHECK(plain.channels == std::vector<std::string>{"a:1"});
  CHECK(!plain.change.key);
  CHECK(plain.change.kind == operation_kind::set);
  CHECK(plain.change.data == R"({"n": 1})");
  CHECK(plain.change.tags == tag_map{{"k", "v"}});
  const auto keyed = parsed(server_method::map_publish, R"({"channel":"a","key":"k","data":null})");
  CHECK(keyed.change.key == "k");
  CHECK(keyed.change.kind == operation_kind::set);
  CHECK(keyed.change.data == "null");
  CHECK(parsed(server_method::map_remove, R"({"channel":"a","key":"k","data":1})").change.kind == operation_kind::remove);
}

TEST_CASE("an idempotency key belongs to the caller") {
  const auto once = parsed(server_method::publish, R"({"channel":"a","data":1,"idempotency_key":"i"})").change.once;
  REQUIRE(once);
  CHECK(once->scope == std::string("key\0me", 6));
  CHECK(once->id == "i");
  CHECK(!parsed(server_method::publish, R"({"channel":"a","data":1,"idempotency_key":""})").change.once);
}

TEST_CASE("what asks for nothing is passed over, what is not offered is refused") {
  parsed(server_method::publish, R"({"channel":"a","data":1,"skip_history":false,"version":0,"delta":true,"what":"ever","tags":null})");
  for (const std::string_view more : {R"("skip_history":true)", R"("version":1)", R"("b64data":"MQ==")", R"("version_epoch":"e")"})
    CHECK(refusal(server_method::publish, R"({"channel":"a","data":1,)" + std::string(more) + "}") == errc::not_available);
  CHECK(refusal(server_method::map_publish, R"({"channel":"a","key":"k","data":1,"key_mode":"if_new"})") == errc::not_available);
  CHECK(refusal(server_method::disconnect, R"({"user":"a","whitelist":["c"]})") == errc::not_available);
  CHECK(refusal(server_method::disconnect, R"({"user":"a","disconnect":{"code":4000}})") == errc::not_available);
}

TEST_CASE("what is missing or makes no sense is refused") {
  CHECK(refusal(server_method::publish, R"({"data":1})") == errc::bad_request);
  CHECK(refusal(server_method::publish, R"({"channel":"a"})") == errc::bad_request);
  CHECK(refusal(server_method::publish, R"({"channel":"a*","data":1})") == errc::bad_request);
  CHECK(refusal(server_method::publish, R"({"channel":"$sys","data":1})") == errc::permission_denied);
  CHECK(refusal(server_method::publish, "[]") == errc::bad_request);
  CHECK(refusal(server_method::publish, "{") == errc::bad_request);
  CHECK(refusal(server_method::map_publish, R"({"channel":"a","data":1})") == errc::bad_request);
  CHECK(refusal(server_method::broadcast, R"({"channels":[],"data":1})") == errc::bad_request);
  CHECK(refusal(server_method::history, R"({"channel":"a","limit":"1"})") == errc::bad_request);
  CHECK(refusal(server_method::unsubscribe, R"({"channel":"a"})") == errc::bad_request);
  CHECK(refusal(server_method::map_read_state, R"({"channel":"a","key":"\u0001"})") == errc::bad_request);
}

TEST_CASE("a body and its parts are bounded") {
  auto small = bounds;
  small.document_bytes_max = 8;
  small.batch_items_max = 2;
  CHECK(refusal(server_method::publish, R"({"channel":"a","data":"123456789"})", small) == errc::payload_too_large);
  CHECK(refusal(server_method::broadcast, R"({"channels":["a","b","c"],"data":1})", small) == errc::limit_exceeded);
  const auto batch = parse_server_batch(R"({"commands":[{"info":{}},{"info":{}},{"info":{}}]})", "me", small);
  REQUIRE(!batch);
  CHECK(batch.error().code == errc::limit_exceeded);
}

TEST_CASE("questions: positions, pages, whom") {
  const auto history = parsed(server_method::history, R"({"channel":"a","limit":-1,"since":{"offset":3,"epoch":"e"},"reverse":true})");
  CHECK(history.limit == -1);
  CHECK(history.since_offset == 3U);
  CHECK(history.since_epoch == "e");
  CHECK(history.reverse);
  const auto stream = parsed(server_method::map_read_stream, R"({"channel":"a","since_offset":3,"since_epoch":"e"})");
  CHECK(stream.since_offset == 3U);
  CHECK(stream.since_epoch == "e");
  const auto whom = parsed(server_method::disconnect, R"({"user":"ann","client":"c","disconnect":{"code":3011,"reason":"r"}})");
  CHECK(whom.user == "ann");
  CHECK(whom.client == "c");
  CHECK(whom.code == close_code::force_reconnect);
  CHECK(parsed(server_method::channels, R"({"pattern":"a:*"})").pattern == "a:*");
  CHECK(parsed(server_method::info, "").channels.empty());
}

TEST_CASE("methods: those that are offered, those that Centrifugo has, and others") {
  CHECK(server_method_of("map_read_state") == server_method::map_read_state);
  CHECK(name_of(server_method::info) == "info");
  CHECK(server_method_of("refresh").error().code == errc::not_available);
  CHECK(server_method_of("batch").error().code == errc::method_not_found);
  CHECK(server_method_of("").error().code == errc::method_not_found);
}

TEST_CASE("in a batch a bad command spoils nothing but itself") {
  const auto batch = parse_server_batch(
      R"({"commands":[{"info":{}},{"publish":{}},{"nonsense":{}},1,{"info":{},"channels":{}}],"parallel":true})", "me", bounds);
  REQUIRE(batch);
  CHECK(batch->parallel);
  REQUIRE(batch->commands.size() == 5);
  CHECK(batch->commands[0].command);
  CHECK(batch->commands[1].command.error().code == errc::bad_request);
  CHECK(batch->commands[2].command.error().code == errc::method_not_found);
  CHECK(batch->commands[3].command.error().code == errc::bad_request);
  CHECK(batch->commands[4].command.error().code == errc::bad_request);
  CHECK(!parse_server_batch(R"({"commands":{}})", "me", bounds));
}

TEST_CASE("every error has a page that says its status and what it means") {
  for (auto code = errc::internal; code <= errc::quarantined; code = static_cast<errc>(static_cast<int>(code) + 1)) {
    const auto& row = describe(code);
    const auto page = problem_page(row.slug);
    REQUIRE(page);
    CHECK(page->find(std::to_string(row.http_status)) != std::string::npos);
    CHECK(page->find(meaning_of(code)) != std::string::npos);
  }
  CHECK(!problem_page("nonsense"));
}
