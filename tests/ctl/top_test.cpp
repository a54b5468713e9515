// tidectl top without a terminal: figures, tables, keys and lines, from answers of the contract's shape.
#include <algorithm>

#include "tests/support/catch.hpp"
#include "tools/ctl/shown.hpp"
#include "tools/ctl/top_view.hpp"

using namespace tidewire::ctl;
using what = top_key::what;

namespace {

constexpr auto metrics_before = R"(# TYPE http_requests_total counter
http_requests_total{method="POST",endpoint="/api/v1/rooms/{room}/events",status="200"} 100
http_requests_total{method="GET",endpoint="/api/v1/rooms",status="200"} 10
rooms_publications_total 1000
deliveries_total 5000
http_request_duration_seconds_bucket{method="POST",endpoint="e",le="0.001"} 50
http_request_duration_seconds_bucket{method="POST",endpoint="e",le="0.01"} 100
http_request_duration_seconds_bucket{method="POST",endpoint="e",le="+Inf"} 100
process_cpu_seconds_total 10
)";
constexpr auto metrics_now = R"(http_requests_total{method="POST",endpoint="/api/v1/rooms/{room}/events",status="200"} 300
http_requests_total{method="GET",endpoint="/api/v1/rooms",status="200"} 10
rooms_publications_total 3000
deliveries_total 45000
http_request_duration_seconds_bucket{method="POST",endpoint="e",le="0.001"} 50
http_request_duration_seconds_bucket{method="POST",endpoint="e",le="0.01"} 200
http_request_duration_seconds_bucket{method="POST",endpoint="e",le="+Inf"} 200
process_cpu_seconds_total 11
rooms_active 7
)";

top_sample sample(double at_s, const char* text, int handled) {
  top_sample made;
  made.at_s = at_s;
  take_readiness(made.status, "ok\n");
  take_memory(made.status, R"({"budget":1000,"held":250,"resident":5000,"parts":{}})");
  take_connections(made.status, R"({"connections":3,"slow":{"behind":0}})");
  made.numbers = metrics::read(text);
  take_kinds(
      made,
      R"({"room":{"started":4,"ended":1,"crashed":0,"handled":)" + std::to_string(handled) +
          R"(,"refused":0,"alive":3,"handler_s":1.5,"mean_us":9,"p50_us":8,"p99_us":32,"max_us":80},"journal":{"started":1,"ended":0,"crashed":2,"handled":5,"refused":0,"alive":1,"handler_s":0.5,"mean_us":90,"p50_us":8,"p99_us":320,"max_us":800}})");
  take_hot(
      made,
      R"({"actors":{"over_ms":900,"total":0,"data":[]},"rooms":{"over_ms":900,"total":964,"data":[{"name":"log\u001b[31m","told":900},{"name":"sensor:a","told":64}]}})");
  take_sessions(made, R"({"data":[{"session":"s/1","user":"ann","missed":4,"queued_bytes":2048}],"total":1})");
  take_actor_rows(
      made,
      R"({"data":[{"id":17,"kind":"room","name":"room sensor:a","mailbox":2,"oldest_wait_ms":7,"handled":12,"handler_s":0.001,"mean_us":9,"p99_us":32,"max_us":80,"restarts":1,"last_error":null,"memory_bytes":4096}],"total":1})");
  return made;
}

bool has(const std::string& text, const std::string& part) {
  INFO(text);
  CHECK(text.find(part) != std::string::npos);
  return text.find(part) != std::string::npos;
}

struct stage {
  top_sample before = sample(10, metrics_before, 100);
  top_sample now = sample(12, metrics_now, 300);
  top_view view;

  std::vector<top_row> rows() const { return rows_of(view, before, now); }
  void press(char key) { view = ctl_press({what::character, key}); }
  void press(what key) { view = ctl_press({key}); }
  top_view ctl_press(const top_key& key) const { return tidewire::ctl::press(view, key, rows()); }
  std::vector<top_line> screen(std::size_t width = 120, std::size_t height = 20) const {
    return draw(view, before, now, "127.0.0.1:8001", width, height);
  }
  std::string text(std::size_t width = 120, std::size_t height = 20) const {
    std::string all;
    for (const auto& each : screen(width, height)) all += each.text + '\n';
    return all;
  }
};

}  // namespace

TEST_CASE("figures are of the time between two moments") {
  const stage at;
  const auto figures = figures_between(at.before, at.now);
  CHECK(*figures.publications == Approx(1'000));
  CHECK(*figures.deliveries == Approx(20'000));
  CHECK(*figures.requests == Approx(100));
  CHECK(*figures.cpu_percent == Approx(50));
  CHECK(*figures.messages == Approx(100));
  CHECK(*figures.rooms == 7);
  CHECK(*figures.connections == 3);
  CHECK_FALSE(figures.commits);
  CHECK_FALSE(figures.missed);
  // All of the 100 new ones took from 1 to 10 ms.
  CHECK(*figures.http_p50_ms == Approx(5.5));
  CHECK(*figures.http_p99_ms == Approx(9.91));
}

TEST_CASE("a server that began anew has no rates until the next look") {
  const stage at;
  CHECK_FALSE(figures_between(at.now, at.before).publications);
  CHECK_FALSE(figures_between(at.now, at.now).publications);
}

TEST_CASE("metrics: labels with escapes, comments, what is cut") {
  const auto read =
      metrics::read("# HELP a b\na{x=\"1,\\\"}\",y=\"z\"} 5\na{x=\"2\"} 7 1700000000\nbroken{x=\"1\nnothing\nb NaN\nc +Inf\n");
  CHECK(*read.sum("a") == 12);
  CHECK(*read.sum("a", "x", "1,\"}") == 5);
  CHECK(read.all("a").front()->label("y") == "z");
  CHECK_FALSE(read.sum("broken"));
  CHECK_FALSE(read.sum("b"));
  CHECK(read.all("c").size() == 1);
  CHECK_FALSE(read.quantile("a", 0.5, {}));
}

TEST_CASE("the screen has exactly the lines there are, none too wide, at any size") {
  stage at;
  for (const auto page : {'1', '2', '3', '4'}) {
    at.press(page);
    for (const std::size_t width : {1U, 10U, 80U, 200U})
      for (const std::size_t height : {0U, 1U, 3U, 24U, 60U}) {
        const auto lines = at.screen(width, height);
        CHECK(lines.size() == height);
        for (const auto& each : lines) CHECK(width_of(each.text) <= width);
      }
  }
}

TEST_CASE("it says how the server is, and then the kinds by time") {
  const stage at;
  const auto text = at.text();
  CHECK(has(text, "127.0.0.1:8001  ready"));
  CHECK(has(text, "publications 1,000/s  deliveries 20,000/s  missed –/s  http 100/s"));
  CHECK(has(text, "[#####...............]"));
  CHECK(has(text, "kinds of actors, 2 by time"));
  CHECK(text.find("room") < text.find("journal"));
  CHECK(has(text, "room         3    100      300  1.50 s        9      32      80        0"));
}

TEST_CASE("keys: pages, sorts, the filter, the row that is chosen") {
  stage at;
  at.press('s');
  CHECK(at.view.sort == 1);
  CHECK(at.view.refresh);
  at.press('s');
  CHECK(at.rows().front().name == "journal");  // by p99
  at.press('3');
  CHECK(at.view.page == top_page::rooms);
  CHECK(at.rows().front().name == "log\x1b[31m");
  at.press('s');
  CHECK(at.rows().front().name == "log\x1b[31m");
  at.press('/');
  for (const char each : std::string("SENS")) at.press(each);
  CHECK(at.rows().size() == 1);
  CHECK(has(at.text(), "filter: SENS_"));
  at.press(what::backspace);
  CHECK(at.view.filter == "SEN");
  at.press(what::enter);
  CHECK_FALSE(at.view.typing);
  at.press(what::escape);
  CHECK(at.view.filter.empty());
  at.press(what::down);
  CHECK(at.view.selected == 1);
  at.press(what::page_down);
  CHECK(at.view.selected == 1);
  at.press(what::up);
  at.press(what::up);
  CHECK(at.view.selected == 0);
  at.press(what::tab);
  CHECK(at.view.page == top_page::clients);
  at.press('p');
  CHECK(at.view.paused);
  CHECK(has(at.text(), "(paused)"));
  at.press('h');
  CHECK(has(at.text(), "any key goes back"));
  at.press('q');
  CHECK_FALSE(at.view.quit);  // it closed the help
  at.press('q');
  CHECK(at.view.quit);
}

TEST_CASE("drilling down: a kind to its actors, an actor, a room or a client to all that is known of it") {
  stage at;
  at.press(what::enter);
  CHECK(at.view.page == top_page::actors);
  CHECK(at.view.kind == "room");
  CHECK(path_of(at.view) == "/api/v1/performance/actors?kind=room&sort=mailbox&limit=50");
  CHECK(has(at.text(), "room sensor:a        2        7"));
  at.press(what::enter);
  CHECK(at.view.page == top_page::detail);
  CHECK(path_of(at.view).empty());
  CHECK(has(at.text(), "\"mailbox\": 2"));
  at.press(what::escape);
  CHECK(at.view.page == top_page::actors);
  at.press(what::escape);
  CHECK(at.view.page == top_page::kinds);
  at.press('4');
  at.press(what::enter);
  CHECK(path_of(at.view) == "/api/v1/sessions/s%2F1");
  at.now.detail = R"({"session":"s/1","rooms":[]})";
  CHECK(has(at.text(), "\"rooms\": []"));
}

TEST_CASE("nothing hostile reaches the screen") {
  stage at;
  for (const auto page : {'1', '2', '3', '4'}) {
    at.press(page);
    CHECK(at.text().find('\x1b') == std::string::npos);
  }
  CHECK(top_text(at.before, at.now, "a:1", 0).find('\x1b') == std::string::npos);
}

TEST_CASE("a server that is away, or older, is said to be") {
  stage at;
  at.now = {};
  at.now.problem = "cannot connect";
  CHECK(has(at.text(), "AWAY: cannot connect"));
  CHECK(at.screen().front().style == top_style::bad);
  stage old;
  old.now.rooms.clear();
  old.now.lacks_hot = true;
  old.press('3');
  CHECK(has(old.text(), "older than tidectl"));
}

TEST_CASE("a snapshot without a terminal has all pages; as JSON what is not told is null") {
  const stage at;
  const auto text = top_text(at.before, at.now, "a:1", 0);
  for (const auto* each : {"kinds of actors", "actors, 1", "hot rooms, 2", "slow clients, 1"}) CHECK(has(text, each));
  const auto json = top_json(at.before, at.now);
  CHECK(has(json, R"("commits_per_s":null)"));
  CHECK(has(json, R"("publications_per_s":1000.0)"));
  CHECK(has(json, R"("rooms":[{"room":"sensor:a")"));
}
