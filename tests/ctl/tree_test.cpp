// The supervision tree and settings as text, from answers of the contract's shape.
#include "tools/ctl/tree_view.hpp"

#include "tests/support/catch.hpp"
#include "tools/ctl/config_view.hpp"

using namespace tidewire::ctl;

TEST_CASE("the tree: phases, restarts, and what is cut") {
  constexpr auto json = R"({"id":"root","kind":"supervisor","phase":"running","restarts":0,"actor":3,"children_total":2,"children":[
{"id":"store","kind":"supervisor","phase":"running","restarts":1,"actor":4,"children_total":1,"children":[{"id":"journal","kind":"journal","phase":"starting","restarts":2,"actor":9}]},
{"id":"rooms","kind":"supervisor","phase":"running","restarts":0,"actor":5,"children_total":1200,"children":[{"id":"sensor:\u001b[31m","kind":"room","phase":"running","restarts":0,"actor":12}]}]})";
  CHECK(tree_text(json) ==
        "root  supervisor  running  #3\n"
        "├─ store  supervisor  running  #4  1 restart\n"
        "│  └─ journal  STARTING  #9  2 restarts\n"
        "└─ rooms  supervisor  running  #5\n"
        "   ├─ sensor:\\x1b[31m  room  running  #12\n"
        "   └─ … 1,199 more\n");
}

TEST_CASE("a tree without end, and one that is none, are drawn as far as they go") {
  std::string deep;
  for (int i = 0; i < 500; ++i) deep += R"({"id":"x","children":[)";
  for (int i = 0; i < 500; ++i) deep += "]}";
  CHECK(tree_text(deep).size() < 100'000);
  CHECK(tree_text("null") == "\n");
}

TEST_CASE("levels, settings and differences") {
  CHECK(levels_text(R"({"default":"info","components":{"storage":"debug"}})") == "default       info\nstorage       debug\n");
  CHECK(settings_text(R"({"listen":"a:1","io":{"threads":2},"namespaces":[{"name":"x"}]})") ==
        "listen = \"a:1\"\nio.threads = 2\nnamespaces = [{\"name\":\"x\"}]\n");
  CHECK(differences_text(R"({"data":[]})") == "the file says what runs\n");
  CHECK(differences_text(R"({"data":[{"key":"io.threads","running":1,"file":2,"restart":true}]})") ==
        "KEY         RUNNING  FILE  \nio.threads  1        2     after a restart\n");
  CHECK(differences_text(R"({"limits.tags_max":{"running":32,"file":64}})").find("limits.tags_max  32       64") != std::string::npos);
}
