// tidectl bench: a short load of the running server, over HTTP and server-sent events. bench/load measures for real.
#include <sys/eventfd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <memory>
#include <mutex>
#include <random>
#include <thread>

#include "schemas/protocol/event_stream_reader.hpp"
#include "schemas/protocol/json_object.hpp"
#include "tools/ctl/commands.hpp"
#include "tools/ctl/engine_status.hpp"
#include "tools/ctl/help.hpp"
#include "tools/ctl/interrupts.hpp"
#include "tools/ctl/json_row.hpp"
#include "tools/ctl/latencies.hpp"
#include "tools/ctl/listeners.hpp"
#include "tools/ctl/progress.hpp"
#include "tools/ctl/shown.hpp"
#include "transport/http_stream.hpp"

namespace tidewire::ctl {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr auto answer_timeout = 10s;
constexpr auto subscribe_patience = 15s;
constexpr auto last_deliveries = 5s;  // after the last publication
constexpr auto silence_max = 90s;
constexpr std::size_t event_bytes_max = 1'048'576;

struct bench_flags {
  std::string room;
  std::uint64_t rate = 100;
  std::uint64_t subscribers = 4;
  std::uint64_t seconds = 5;
  std::uint64_t connections = 2;
  std::uint64_t keys = 16;
  std::uint64_t bytes = 200;
};

std::uint64_t now_us() {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(clock::now().time_since_epoch()).count());
}

// The end of the run, as something that streams wait for.
class end_mark {
 public:
  end_mark() : descriptor_(::eventfd(0, EFD_CLOEXEC)) {}
  ~end_mark() { ::close(descriptor_); }
  end_mark(const end_mark&) = delete;
  end_mark& operator=(const end_mark&) = delete;
  int descriptor() const noexcept { return descriptor_; }
  void set() const { static_cast<void>(::eventfd_write(descriptor_, 1)); }

 private:
  const int descriptor_;
};

// What all threads of a run share.
struct bench_stage {
  const session& with;
  const bench_flags& flags;
  const std::string room;
  const interrupts& signals;
  end_mark end{};
  std::atomic<std::uint64_t> live{0};  // subscribers that are told what happens
  std::atomic<std::uint64_t> delivered{0};
  std::atomic<bool> over{false};
  std::mutex mutex{};
  latencies acknowledged{};
  latencies delivery{};
  std::optional<failure> why{};

  void give_up(const failure& reason) {
    const std::lock_guard lock(mutex);
    if (!why) why = reason;
    over = true;
  }
};

// Reads the room's stream until the run is over; every row says when it was due.
void subscribe(bench_stage& stage) {
  room_listener server(stage.with, answer_timeout);
  latencies own;
  bool live = false;
  for (int attempt = 0; attempt < 2; ++attempt) {
    transport::http_stream stream(server.address(), answer_timeout, stage.end.descriptor());
    const auto head = stream.open(server.authorised({"GET", room_path(stage.room, "/stream?type=stream")}));
    if (!head) return stage.give_up(head.error());
    if (head->status != 200) {
      const auto why = read_problem(head->body, head->status);
      if (attempt == 0 && server.gives_way(why)) continue;
      return stage.give_up(server.explain(why));
    }
    protocol::event_stream_reader reader(event_bytes_max);
    while (!stage.over) {
      const auto piece = stream.read(silence_max);
      if (piece.what != transport::http_stream::outcome::bytes) break;
      const auto seen = now_us();
      static_cast<void>(reader.feed(piece.bytes, [&](const protocol::server_event& event) {
        if (event.name == "live" && !live) {
          live = true;
          ++stage.live;
        }
        if (!event.name.empty()) return;
        const auto due = json_row(event.data).inner("data").number("due_us");
        if (due == 0) return;
        own.add(seen > due ? seen - due : 0);
        ++stage.delivered;
      }));
    }
    break;
  }
  const std::lock_guard lock(stage.mutex);
  stage.delivery.add(own);
}

// Publishes on a schedule, whatever the server does: latency counts from when a publication was due.
void publish(bench_stage& stage, std::uint64_t nth) {
  room_listener server(stage.with, answer_timeout);
  latencies own;
  const auto& flags = stage.flags;
  const auto pause = std::chrono::nanoseconds(1'000'000'000 * flags.connections / flags.rate);
  const auto begun = clock::now() + pause * nth / flags.connections;
  const auto end = begun + std::chrono::seconds(flags.seconds);
  std::uint64_t sent = nth;
  for (auto due = begun; due < end && !stage.over && !stage.signals.came(); due += pause, sent += flags.connections) {
    std::this_thread::sleep_until(due);
    const auto due_us = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(due.time_since_epoch()).count());
    std::string body;
    {
      protocol::json_object item(body);
      item.string("key", "k" + std::to_string(sent % flags.keys));
      item.string("op", "set");
      item.number("ttl", 3'600);  // goes by itself, should this process die
      protocol::json_object data(item.name("data"));
      data.number("due_us", due_us);
      data.string("padding", std::string(flags.bytes, 'x'));
    }
    const auto answer = server.ask({"POST", room_path(stage.room, "/events"), "application/json", std::move(body)});
    if (!answer) return stage.give_up(answer.error());
    own.add(now_us() - due_us);
  }
  const std::lock_guard lock(stage.mutex);
  stage.acknowledged.add(own);
}

// Removes what was published; what stays is the room with its history.
result<void> clean_up(const bench_stage& stage) {
  room_listener server(stage.with, answer_timeout);
  std::string items = "[";
  for (std::uint64_t i = 0; i < stage.flags.keys; ++i) {
    protocol::json_object item(items += i == 0 ? "" : ",");
    item.string("key", "k" + std::to_string(i));
    item.string("op", "remove");
  }
  const auto answer = server.ask({"POST", room_path(stage.room, "/events"), "application/json", items += ']'});
  return answer ? result<void>{} : tl::unexpected(answer.error());
}

std::string ms_text(std::uint64_t us) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", static_cast<double>(us) / 1'000);
  return text;
}

std::string latency_text(std::string_view name, latencies& of) {
  return std::string(name) + ms_text(of.quantile(0.5)) + " ms in the middle, " + ms_text(of.quantile(0.95)) + " p95, " +
         ms_text(of.quantile(0.99)) + " p99, " + ms_text(of.quantile(1)) + " at most\n";
}

void latency_json(protocol::json_object& into, std::string_view name, latencies& of) {
  protocol::json_object row(into.name(name));
  row.number("count", of.count());
  row.number("p50_us", of.quantile(0.5));
  row.number("p95_us", of.quantile(0.95));
  row.number("p99_us", of.quantile(0.99));
  row.number("max_us", of.quantile(1));
}

// How many messages actors have handled, as the server counts; nothing when the operators' listener is not there.
std::optional<std::uint64_t> handled_by_actors(const session& with) {
  admin_listener admin(with, answer_timeout);
  const auto answer = admin.ask({"GET", "/api/v1/actors"});
  if (!answer) return std::nullopt;
  engine_status status;
  take_actors(status, *answer);
  std::uint64_t sum = 0;
  for (const auto& each : status.actors) sum += each.handled;
  return sum;
}

exit_code run(const session& with, const bench_flags& flags) {
  const interrupts signals;
  bench_stage stage{with, flags, flags.room.empty() ? "tidectl-bench-" + std::to_string(std::random_device{}()) : flags.room, signals};
  std::vector<std::thread> subscribers;
  for (std::uint64_t i = 0; i < flags.subscribers; ++i) subscribers.emplace_back([&] { subscribe(stage); });
  const auto end_subscribers = [&] {
    stage.over = true;
    stage.end.set();
    for (auto& each : subscribers) each.join();
  };
  const auto patience = clock::now() + subscribe_patience;
  while (stage.live < flags.subscribers && !stage.over && clock::now() < patience)
    if (signals.wait_for(10ms)) break;
  if (stage.live < flags.subscribers && !stage.why) stage.give_up({errc::timeout, "not all subscribers were served in time"});

  const auto handled_before = handled_by_actors(with);
  const auto begun = clock::now();
  std::vector<std::thread> publishers;
  for (std::uint64_t i = 0; i < flags.connections && !stage.over; ++i) publishers.emplace_back([&, i] { publish(stage, i); });
  progress bar(with.shows_progress());
  for (const auto until = begun + std::chrono::seconds(flags.seconds); clock::now() < until && !stage.over;) {
    const auto done = std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - begun).count();
    bar.show(static_cast<std::uint64_t>(done), flags.seconds * 1'000, count_text(stage.delivered) + " deliveries");
    if (signals.wait_for(100ms)) break;
  }
  for (auto& each : publishers) each.join();
  const auto took = std::chrono::duration<double>(clock::now() - begun).count();
  bar.clear();
  const auto published = stage.acknowledged.count();
  const auto expected = published * flags.subscribers;
  for (const auto until = clock::now() + last_deliveries; stage.delivered < expected && !stage.over && clock::now() < until;)
    if (signals.wait_for(10ms)) break;
  const auto handled_after = handled_by_actors(with);
  end_subscribers();
  const auto cleaned = published > 0 ? clean_up(stage) : result<void>{};
  if (stage.why) return with.fail_with(*stage.why);

  const auto rate = took > 0 ? static_cast<double>(published) / took : 0;
  const auto missing = expected - std::min<std::uint64_t>(expected, stage.delivered);
  std::string text = count_text(published) + " publications in " + std::to_string(static_cast<int>(took + 0.5)) + " s, " +
                     std::to_string(static_cast<int>(rate + 0.5)) + " a second\n" + latency_text("acknowledged  ", stage.acknowledged);
  if (flags.subscribers > 0)
    text += latency_text("delivered     ", stage.delivery) + "              to " + count_text(flags.subscribers) + " subscribers, " +
            count_text(stage.delivered) + " deliveries, " + count_text(missing) + " missing\n";
  const auto handled = handled_before && handled_after ? *handled_after - *handled_before : 0;
  if (handled > 0) text += "the server     " + count_text(handled) + " messages handled by actors meanwhile, of everything it does\n";
  const auto leaves = cleaned ? "its entities are removed; the room " + shown(stage.room) +
                                    " and its history stay, until history_ttl and room_ttl of the namespace"
                              : "its entities could not be removed (" + shown(cleaned.error().detail) + "); they expire within the hour";
  text += leaves + '\n';
  std::string body;
  {
    protocol::json_object object(body);
    object.string("room", stage.room);
    object.number("published", published);
    object.number("delivered", stage.delivered);
    object.number("missing", missing);
    object.name("rate") += std::to_string(rate);
    latency_json(object, "acknowledged", stage.acknowledged);
    latency_json(object, "delivery", stage.delivery);
    object.number("handled", handled);
    object.string("leaves", leaves);
  }
  with.say(text, body);
  return missing == 0 ? exit_code::done : exit_code::partly;
}

}  // namespace

command add_bench(CLI::App& root, const session& with) {
  const auto flags = std::make_shared<bench_flags>();
  auto* app = root.add_subcommand("bench", "Put a short load on the running server, and say how it did");
  app->add_option("--rate", flags->rate, "publications a second (default: 100)")->check(CLI::Range(1, 100'000));
  app->add_option("--subscribers", flags->subscribers, "readers of the room's events (default: 4)")->check(CLI::Range(0, 200));
  app->add_option("--seconds", flags->seconds, "for so long (default: 5)")->check(CLI::Range(1, 600));
  app->add_option("--connections", flags->connections, "publishers (default: 2)")->check(CLI::Range(1, 64));
  app->add_option("--keys", flags->keys, "entities that are changed (default: 16)")->check(CLI::Range(1, 1'000));
  app->add_option("--bytes", flags->bytes, "of padding in each document (default: 200)")->check(CLI::Range(0, 100'000));
  app->add_option("--room", flags->room, "to publish to; its keys k0, k1, … are set and removed (default: a new one)");
  describe(
      *app,
      "Publications go out on a schedule, over HTTP; latencies count from when one was due. It runs on this machine and takes its share\n"
      "of it: for figures to compare, use bench/load from another one. Afterwards the entities are removed; the room and its history stay\n"
      "as long as the namespace says. Exit status 4: deliveries are missing.",
      {{"bench", ""}, {"bench --rate 1000 --connections 8 --subscribers 50 --seconds 30 --json", ""}});
  return {app, [flags, &with] { return run(with, *flags); }};
}

}  // namespace tidewire::ctl
