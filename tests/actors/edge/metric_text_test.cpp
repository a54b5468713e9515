#include "actors/edge/metric_text.hpp"

#include "tests/support/catch.hpp"

using namespace tidewire;

TEST_CASE("families and samples, as Prometheus reads them") {
  metric_text text(metric_format::prometheus);
  text.family("things_total", "counter", "Things that were done.");
  text.sample(3, {{"kind", "a"}, {"result", "ok"}});
  text.sample(0, {{"kind", "b"}, {"result", "ok"}});
  text.gauge("level", "How high it is.", 7);
  text.family("age_seconds", "gauge", "How old it is.");
  text.sample_seconds(0.25);
  CHECK(text.take() ==
        "# HELP things_total Things that were done.\n# TYPE things_total counter\n"
        "things_total{kind=\"a\",result=\"ok\"} 3\nthings_total{kind=\"b\",result=\"ok\"} 0\n"
        "# HELP level How high it is.\n# TYPE level gauge\nlevel 7\n"
        "# HELP age_seconds How old it is.\n# TYPE age_seconds gauge\nage_seconds 0.25\n");
}

TEST_CASE("in OpenMetrics, a counter's family has no suffix, and the text has an end") {
  metric_text text(metric_format::openmetrics);
  text.counter("things_total", "Things.", 1);
  CHECK(text.take() == "# HELP things Things.\n# TYPE things counter\nthings_total 1\n# EOF\n");
}

TEST_CASE("a histogram has cumulative buckets, a sum in seconds and a count") {
  time_histogram times;
  times.add(20'000);         // above 16 µs, below 33
  times.add(1'000'000'000);  // a second
  metric_text text(metric_format::prometheus);
  text.family("took_seconds", "histogram", "How long it took.");
  text.sample(times.read(), {{"kind", "a"}});
  const auto all = text.take();
  const auto has = [&](const std::string& line) { return all.find("\n" + line + "\n") != std::string::npos; };
  CHECK(has("took_seconds_bucket{kind=\"a\",le=\"1.6384e-05\"} 0"));
  CHECK(has("took_seconds_bucket{kind=\"a\",le=\"3.2768e-05\"} 1"));
  CHECK(has("took_seconds_bucket{kind=\"a\",le=\"0.536870912\"} 1"));
  CHECK(has("took_seconds_bucket{kind=\"a\",le=\"1.073741824\"} 2"));
  CHECK(has("took_seconds_bucket{kind=\"a\",le=\"+Inf\"} 2"));
  CHECK(has("took_seconds_sum{kind=\"a\"} 1.00002"));
  CHECK(has("took_seconds_count{kind=\"a\"} 2"));
}
