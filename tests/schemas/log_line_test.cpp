#include "schemas/log_line.hpp"

#include <rapidcheck.h>
#include <nlohmann/json.hpp>
#include <string>

#include "schemas/utf8.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using nlohmann::json;

namespace {

std::string line(const log_words& of) {
  std::string out;
  append_json_log_line(out, of);
  return out;
}

}  // namespace

TEST_CASE("a line of the log has its time, level, component and message") {
  CHECK(line({1'700'000'000'123, "warn", "storage", "slow"}) ==
        R"({"time":"2023-11-14T22:13:20.123Z","level":"warn","component":"storage","message":"slow"})");
}

TEST_CASE("quotes, control bytes and what is no UTF-8 leave it valid JSON in one line") {
  const std::string text("a\"b\\c\n\r\t\x01\x1b[31m\x7f \xff\xc3( \xed\xa0\x80 \0 end", 29);
  const auto read = json::parse(line({0, "info", "x\"\n", text}));
  CHECK(read["component"] == "x\"\n");
  CHECK(read["message"].get<std::string>().starts_with("a\"b\\c\n\r\t\x01\x1b[31m\x7f \xef\xbf\xbd\xef\xbf\xbd("));
  CHECK(line({0, "info", "x", text}).find_first_of("\n\r\t\x01\x1b") == std::string::npos);
}

TEST_CASE("whatever the message is, the line is valid JSON, and what is UTF-8 comes out as it was") {
  CHECK(rc::check([](const std::string& message, std::int64_t time_ms) {
    const auto made = line({time_ms, "info", "actors", message});
    RC_ASSERT(made.find('\n') == std::string::npos);
    const auto read = json::parse(made);
    RC_ASSERT(read.size() == 4);
    if (is_utf8(message)) RC_ASSERT(read["message"].get<std::string>() == message);
  }));
}
