// The page inside the binary is the page that was built: every file, with its type, and none that it does not need.
#include "tools/web/assets.hpp"

#include <algorithm>
#include <string>

#include "tests/support/catch.hpp"

using tidewire::web::asset;
using tidewire::web::web_assets;

namespace {

const asset* find(std::string_view path) {
  const auto all = web_assets();
  const auto found = std::ranges::find(all, path, &asset::path);
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

TEST_CASE("the page and all it refers to are there") {
  const auto* page = find("/index.html");
  REQUIRE(page != nullptr);
  CHECK(page->content_type == "text/html; charset=utf-8");
  CHECK(page->bytes.starts_with("<!doctype html>"));
  CHECK(page->bytes.ends_with("</html>\n"));

  int references = 0;
  for (const auto& other : web_assets()) {
    if (&other == page) continue;
    INFO(other.path);
    CHECK(page->bytes.find("\"." + std::string(other.path) + "\"") != std::string_view::npos);
    ++references;
  }
  CHECK(references >= 3);  // a script, a style sheet, an icon
}

TEST_CASE("assets are ordered by path and carry strong etags of their own") {
  const auto all = web_assets();
  CHECK(std::ranges::is_sorted(all, {}, &asset::path));
  for (const auto& one : all) {
    INFO(one.path);
    CHECK(!one.bytes.empty());
    CHECK(one.etag.size() == 34);
    CHECK(one.etag.front() == '"');
    CHECK(one.etag.back() == '"');
    CHECK(std::ranges::count(all, one.etag, &asset::etag) == 1);
  }
}

TEST_CASE("scripts are scripts to the browser") {
  for (const auto& one : web_assets())
    if (one.path.ends_with(".js")) CHECK(one.content_type == "text/javascript; charset=utf-8");
}
