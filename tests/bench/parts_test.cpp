#include <cmath>

#include "bench/load/parts/histogram.hpp"
#include "bench/load/parts/http_response.hpp"
#include "bench/load/parts/marker.hpp"
#include "bench/load/parts/report.hpp"
#include "tests/support/catch.hpp"

namespace tidewire::load {
namespace {

TEST_CASE("a histogram knows every quantile to within 1 %") {
  histogram of;
  for (std::int64_t i = 1; i <= 1'000'000; ++i) of.add(i * 37);
  for (const auto quantile : {0.001, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const auto exact = quantile * 37e6;
    CHECK(std::fabs(static_cast<double>(of.quantile(quantile)) - exact) <= exact * 0.01);
  }
  CHECK(of.count() == 1'000'000);
  CHECK(of.max() == 37'000'000);
}

TEST_CASE("a histogram takes the least and the greatest values, and none") {
  histogram of;
  CHECK(of.quantile(0.5) == 0);
  of.add(-5);
  CHECK(of.quantile(1) == 0);
  of.add(3);
  CHECK(of.quantile(1) == 3);
  of.add(INT64_MAX);
  CHECK(of.quantile(1) == INT64_MAX);
  CHECK(of.quantile(0.5) == 3);
}

TEST_CASE("a payload has the size that was asked for and begins with its marker") {
  for (const std::size_t bytes : {payload_bytes_min, std::size_t{200}, std::size_t{5000}}) {
    auto payload = make_payload(bytes);
    CHECK(payload.size() == bytes);
    stamp(payload.data(), {0xABC, 0xFEDC, 0xF12345678});
    CHECK(payload.substr(0, marker_bytes + 2) == R"({"tw":"abcfedcf12345678",)");
    CHECK(payload.substr(bytes - 2) == "\"}");
    const auto found = read_marker(payload.data());
    CHECK(found.publisher == 0xABC);
    CHECK(found.room == 0xFEDC);
    CHECK(found.sequence == 0xF12345678);
  }
}

TEST_CASE("a marker is found where it is whole") {
  const auto payload = make_payload(60);
  const auto text = R"({"push":{"tw":1,"data":)" + payload;
  const auto at = text.size() - payload.size();
  CHECK(find_marker(text) == at);
  CHECK(find_marker(std::string_view(text).substr(0, at + marker_bytes)) == at);
  CHECK(find_marker(std::string_view(text).substr(0, at + marker_bytes - 1)) == std::string_view::npos);
  CHECK(find_marker("") == std::string_view::npos);
}

TEST_CASE("HTTP responses are read one by one") {
  const std::string text = "HTTP/1.1 200 OK\r\nX: y\r\ncontent-length:  5\r\n\r\nhelloHTTP/1.1 204 No Content\r\n\r\n";
  const auto one = read_http_response(text);
  CHECK(one.status == 200);
  CHECK(one.body == "hello");
  const auto two = read_http_response(std::string_view(text).substr(one.size));
  CHECK(two.status == 204);
  CHECK(two.body.empty());
  CHECK(one.size + two.size == text.size());
  for (std::size_t size = 0; size < one.size; ++size) {
    const auto part = read_http_response(std::string_view(text).substr(0, size));
    CHECK(part.size == 0);
    CHECK_FALSE(part.malformed());
  }
}

TEST_CASE("what is no HTTP response is said to be malformed") {
  CHECK(read_http_response("SSH-2.0").malformed());
  CHECK(read_http_response("HTTP/1.1 x\r\n\r\n").malformed());
  CHECK(read_http_response("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").malformed());
  CHECK(read_http_response("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n").malformed());
}

TEST_CASE("a report is JSON and a table") {
  report inner;
  inner.number("p50", 0.25).nothing("max");
  report of;
  of.text("peer", "a\"b").count("n", 18446744073709551615U).number("rate", 1234567.4).flag("kept_up", false).part("ms", inner);
  CHECK(of.json() == R"({"peer":"a\"b","n":18446744073709551615,"rate":1234567,"kept_up":false,"ms":{"p50":0.25,"max":null}})");
  CHECK(of.table().find("ms.p50                          0.25\n") != std::string::npos);
  CHECK(report().parts("slices", {inner, report()}).json() == R"({"slices":[{"p50":0.25,"max":null},{}]})");
  CHECK(report().parts("slices", {}).json() == R"({"slices":[]})");
  CHECK(report().number("x", NAN).json() == R"({"x":null})");
}

}  // namespace
}  // namespace tidewire::load
