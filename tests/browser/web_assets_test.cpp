// The pages inside the binary are those that were built: every file, with its type, and none that they do not need.
#include "tools/web/assets.hpp"

#include <algorithm>
#include <set>
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

bool refers(const asset& page, const asset& other) {
  return page.bytes.find("\"." + std::string(other.path) + "\"") != std::string_view::npos;
}

}  // namespace

TEST_CASE("the pages are there, with all that they refer to and nothing else") {
  std::set<std::string_view> pages;
  for (const std::string name : {"/index.html", "/console.html"}) {
    const auto* page = find(name);
    REQUIRE(page != nullptr);
    CHECK(page->content_type == "text/html; charset=utf-8");
    CHECK(page->bytes.starts_with("<!doctype html>"));
    CHECK(page->bytes.ends_with("</html>\n"));
    pages.insert(page->path);
    int references = 0;
    for (const auto& other : web_assets()) {
      if (!refers(*page, other)) continue;
      pages.insert(other.path);
      ++references;
    }
    CHECK(references >= 3);  // a script, a style sheet, an icon
  }
  for (const auto& one : web_assets()) {
    INFO(one.path);
    CHECK(pages.contains(one.path));
  }
}

TEST_CASE("the public page needs nothing of the console, and the console nothing of the public page alone") {
  const auto* page = find("/index.html");
  const auto* console = find("/console.html");
  REQUIRE((page != nullptr && console != nullptr));
  bool own = false;
  for (const auto& one : web_assets()) {
    INFO(one.path);
    const bool of_console = one.path.starts_with("/console/");
    if (of_console) CHECK_FALSE(refers(*page, one));
    if (!of_console && refers(*console, one)) CHECK(refers(*page, one));
    own = own || (of_console && refers(*console, one));
  }
  CHECK(own);
}

TEST_CASE("neither page has a script or a style in its text: a strict policy lets them work") {
  for (const std::string name : {"/index.html", "/console.html"}) {
    const auto* page = find(name);
    REQUIRE(page != nullptr);
    CHECK(page->bytes.find("<style") == std::string_view::npos);
    CHECK(page->bytes.find(" style=") == std::string_view::npos);
    CHECK(page->bytes.find("<script>") == std::string_view::npos);
  }
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
