#include "transport/content_coding.hpp"

#include "tests/support/catch.hpp"

namespace tidewire::transport {
namespace {

const compression_options on{.enabled = true, .min_size = 100, .level = 1};

std::string find(const http_response& response, std::string_view name) {
  for (const auto& each : response.headers)
    if (each.name == name) return each.value;
  return {};
}

http_response page(std::string content_type = "application/json", std::size_t size = 1'000) {
  return {.status = 200, .content_type = std::move(content_type), .headers = {{"etag", "\"e:1\""}}, .body = std::string(size, 'x')};
}

// What becomes of a response to a GET with these headers.
http_response answer(std::vector<header> headers, http_response response, const compression_options& how = on) {
  http_request request{.method = "GET", .target = "/", .headers = std::move(headers), .body = {}, .peer = {}};
  encode_content(response, take_coding_terms(request), how);
  return response;
}

bool gzipped(std::string_view accept_encoding) {
  const auto sent = answer({{"accept-encoding", std::string(accept_encoding)}}, page());
  CHECK(find(sent, "vary") == "accept-encoding");
  return find(sent, "content-encoding") == "gzip" && sent.body.starts_with("\x1f\x8b") && sent.body.size() < 100;
}

}  // namespace

TEST_CASE("Accept-Encoding decides, with its weights") {
  for (const auto* takes : {"gzip", "GZIP", "x-gzip", "gzip, deflate, br", "br;q=1, gzip;q=0.8, *;q=0.1", "*", "identity;q=0.5, gzip",
                            "identity, gzip", "gzip ; q=0.001", "identity;q=0, *", "gzip;q=1.000"})
    CHECK(gzipped(takes));
  for (const auto* not_taken : {"", "identity", "br", "gzip;q=0", "*, gzip;q=0.000", "*;q=0", "gzip;q=0.5, identity;q=0.8", "gzip;q=2",
                                "gzip;q", "gzip;level=1", "gzip;q=0.1234", "gzipped"})
    CHECK_FALSE(gzipped(not_taken));
  CHECK(find(answer({{"accept-encoding", "br"}, {"accept-encoding", "gzip"}}, page()), "content-encoding") == "gzip");
  CHECK(find(answer({}, page()), "content-encoding").empty());
}

TEST_CASE("Only what gets smaller is compressed") {
  const std::vector<header> takes{{"accept-encoding", "gzip"}};
  const auto coded = [&](http_response response) { return !find(answer(takes, std::move(response)), "content-encoding").empty(); };
  CHECK(coded(page("application/problem+json")));
  CHECK(coded(page("text/html; charset=utf-8")));
  CHECK(coded(page("image/svg+xml")));
  CHECK_FALSE(coded(page("image/png")));
  CHECK_FALSE(coded(page("font/woff2")));
  CHECK_FALSE(coded(page("application/json", 99)));
  CHECK_FALSE(coded({.status = 204, .content_type = {}, .headers = {}, .body = {}}));
  auto already = page();
  already.headers.push_back({"content-encoding", "br"});
  CHECK((answer(takes, already).body == already.body));
  CHECK(find(answer(takes, page(), {.enabled = false}), "vary").empty());

  http_request post{.method = "POST", .target = "/", .headers = takes, .body = {}, .peer = {}};
  auto response = page();
  encode_content(response, take_coding_terms(post), on);
  CHECK(find(response, "content-encoding").empty());
}

TEST_CASE("The compressed form has a tag of its own, and asking with either means the same") {
  const header takes{"accept-encoding", "gzip"};
  CHECK(find(answer({takes}, page()), "etag") == "\"e:1-gzip\"");
  CHECK(find(answer({}, page()), "etag") == "\"e:1\"");

  http_request request{.method = "PUT", .target = "/", .headers = {{"if-match", R"("a-gzip", "b-gzip","c")"}}, .body = {}, .peer = {}};
  take_coding_terms(request);
  CHECK(request.find("if-match") == R"("a", "b","c")");
  request.headers = {{"if-none-match", R"(W/"e:1-gzip")"}};
  take_coding_terms(request);
  CHECK(request.find("if-none-match") == R"(W/"e:1")");

  const http_response unchanged{.status = 304, .content_type = {}, .headers = {{"etag", "\"e:1\""}}, .body = {}};
  const auto held = answer({takes, {"if-none-match", "\"e:1-gzip\""}}, unchanged);
  CHECK(find(held, "etag") == "\"e:1-gzip\"");
  CHECK(find(held, "vary") == "accept-encoding");
  CHECK(find(answer({takes, {"if-none-match", "\"e:1\""}}, unchanged), "etag") == "\"e:1\"");
  CHECK(find(answer({{"if-none-match", "\"e:1-gzip\""}}, unchanged), "etag") == "\"e:1\"");
}

}  // namespace tidewire::transport
