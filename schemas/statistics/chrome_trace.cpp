#include "schemas/statistics/chrome_trace.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include "schemas/json.hpp"
#include "schemas/protocol/json_object.hpp"
#include "schemas/statistics/publish_ways.hpp"

namespace tidewire {

namespace {

using protocol::json_array;
using protocol::json_object;

// Nanoseconds as microseconds.
void append_us(std::string& out, std::uint64_t ns) {
  const auto rest = std::to_string(ns % 1'000);
  append_json_unsigned(out, ns / 1'000);
  out.append(".").append(3 - rest.size(), '0').append(rest);
}

void append_answers(json_object& to, const publish_record& of) {
  std::vector<std::uint64_t> took;
  for (const auto& each : of.publishes)
    if (each.answered_ns != 0) took.push_back(each.answered_ns - each.begun_ns);
  to.number("answered", took.size());
  append_us(to.name("answered_p50_us"), quantile_of(took, 0.5));
  append_us(to.name("answered_p99_us"), quantile_of(took, 0.99));
}

void append_spending(json_object& to, const std::vector<publish_spending>& of) {
  json_array rows(to.name("spent"));
  for (const auto& each : of) {
    json_object row(rows.item());
    row.string("what", each.what);
    row.number("stops", each.stops);
    append_us(row.name("waited_p50_us"), each.waited_p50);
    append_us(row.name("waited_p99_us"), each.waited_p99);
    append_us(row.name("handler_p50_us"), each.handler_p50);
    append_us(row.name("handler_p99_us"), each.handler_p99);
  }
}

class writer {
 public:
  writer(const publish_record& of, std::int64_t process, json_array& events) : of_(of), process_(process), events_(events) {}

  void names() {
    name("process_name", 0, "tidewire");
    for (const auto& each : of_.threads) name("thread_name", each.id, each.name);
  }

  void slices() {
    for (const auto& each : of_.slices) {
      json_object event(events_.item());
      event.string("name", each.kind + ": " + steps_of(each));
      event.string("cat", each.kind);
      place(event, "X", of_.threads[each.thread].id, each.from_ns);
      append_us(event.name("dur"), each.to_ns - each.from_ns);
      json_object args(event.name("args"));
      args.string("actor", each.actor);
      json_array publishes(args.name("publishes"));
      for (const auto id : publishes_of(each)) append_json_unsigned(publishes.item(), id);
    }
  }

  void way(std::size_t id, const std::vector<publish_stop>& stops) {
    for (std::size_t i = 0; stops.size() > 1 && i < stops.size(); ++i) {
      const std::string_view phase = i == 0 ? "s" : i + 1 < stops.size() ? "t" : "f";
      json_object event(events_.item());
      event.string("name", "way");
      event.string("cat", "way");
      event.number("id", id);
      place(event, phase, of_.threads[stops[i].in->thread].id, stops[i].at_ns);
      if (phase == "f") event.string("bp", "e");
    }
  }

  void publishes() {
    for (std::size_t id = 0; id < of_.publishes.size(); ++id) {
      const auto& each = of_.publishes[id];
      if (each.answered_ns == 0) continue;
      for (const bool begin : {true, false}) {
        json_object event(events_.item());
        event.string("name", each.room);
        event.string("cat", "publish");
        event.number("id", id);
        place(event, begin ? "b" : "e", 0, begin ? each.begun_ns : each.answered_ns);
        if (begin) json_object(event.name("args")).number_unless_zero("offset", each.offset);
      }
    }
  }

 private:
  void name(std::string_view what, std::int64_t thread, std::string_view text) {
    json_object event(events_.item());
    event.string("name", what);
    place(event, "M", thread, 0);
    json_object(event.name("args")).string("name", text);
  }

  void place(json_object& event, std::string_view phase, std::int64_t thread, std::uint64_t at_ns) const {
    event.string("ph", phase);
    event.number("pid", static_cast<std::uint64_t>(process_));
    event.number("tid", static_cast<std::uint64_t>(thread));
    append_us(event.name("ts"), at_ns);
  }

  static std::string steps_of(const publish_record::slice& of) {
    std::vector<std::string_view> steps;
    for (const auto& each : of.passages)
      if (std::ranges::find(steps, std::string_view(each.step)) == steps.end()) steps.emplace_back(each.step);
    std::string text;
    for (const auto each : steps) text.append(text.empty() ? "" : ", ").append(each);
    return text;
  }

  static std::vector<std::uint32_t> publishes_of(const publish_record::slice& of) {
    std::vector<std::uint32_t> ids;
    for (const auto& each : of.passages) ids.push_back(each.publish);
    std::ranges::sort(ids);
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    return ids;
  }

  const publish_record& of_;
  const std::int64_t process_;
  json_array& events_;
};

}  // namespace

std::string chrome_trace(const publish_record& of, std::int64_t process) {
  const auto ways = ways_of(of);
  std::string text;
  {
    json_object all(text);
    all.string("displayTimeUnit", "ms");
    {
      json_object other(all.name("otherData"));
      other.number("seconds", of.seconds);
      other.number("sample", of.sample);
      other.number("publishes", of.seen);
      other.number("sampled", of.publishes.size());
      other.number("publishes_dropped", of.publishes_dropped);
      other.number("slices_dropped", of.slices_dropped);
      other.number("passages_dropped", of.passages_dropped);
      append_answers(other, of);
      append_spending(other, spending_of(ways));
    }
    json_array events(all.name("traceEvents"));
    writer to(of, process, events);
    to.names();
    to.slices();
    for (std::size_t id = 0; id < ways.size(); ++id) to.way(id, ways[id]);
    to.publishes();
  }
  return text;
}

}  // namespace tidewire
