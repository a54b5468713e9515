#include "bench/load/command_line.hpp"

#include <CLI/CLI.hpp>

#include "bench/load/dialects/dialect.hpp"
#include "bench/load/parts/marker.hpp"

namespace tidewire::load {
namespace {

std::string known_peer(const std::string& kind) {
  return make_dialect(kind, payload_bytes_min) ? std::string() : kind + ": no such kind of peer; there are " + peers;
}

void add_common(CLI::App& to, options& told) {
  to.add_option("--peer", told.peer, std::string("kind of server: ") + peers)->required()->check(known_peer);
  to.add_option("--connect", told.connect, "where it listens")->required()->type_name("HOST:PORT");
  to.add_option("--pid", told.pid, "its process, to measure CPU time and memory")->check(CLI::PositiveNumber);
  to.add_option("--json", told.json, "write the result there, too")->type_name("FILE");
}

void add_payload(CLI::App& to, options& told) {
  to.add_option("--payload-bytes", told.payload_bytes, "size of a publication, a JSON object")
      ->check(CLI::Range(payload_bytes_min, std::size_t{60'000}))
      ->capture_default_str();
}

void add_window(CLI::App& to, options& told) {
  to.add_option("--seconds", told.seconds, "how long is measured")->check(CLI::PositiveNumber)->capture_default_str();
  to.add_option("--warm-up-s", told.warm_up_s, "how long before that")->check(CLI::NonNegativeNumber)->capture_default_str();
  add_payload(to, told);
}

void add_keys(CLI::App& to, options& told) {
  to.add_option("--keys", told.keys, "publish to so many entities of each room in turn, 0: to none")
      ->check(CLI::Range(0U, 1'000'000U))
      ->capture_default_str();
}

void add_fan_out(CLI::App& app, options& told) {
  auto* to = app.add_subcommand("fan-out", "Publish into rooms with many subscribers; check every delivery");
  add_common(*to, told);
  add_window(*to, told);
  to->add_option("--rooms", told.rooms, "number of rooms")->required()->check(CLI::Range(1U, rooms_max));
  to->add_option("--subscribers", told.subscribers, "connections subscribed to each room")->required()->check(CLI::Range(1U, 1'000'000U));
  to->add_option("--publishers", told.publishers, "connections that publish")->check(CLI::Range(1U, publishers_max))->capture_default_str();
  auto* how = to->add_option_group("how", "how fast to publish");
  how->add_option("--in-flight", told.in_flight, "so many publications are on their way at any time")->check(CLI::Range(1U, 1'000'000U));
  auto* rate = how->add_option("--rate", told.rate, "publications a second, whatever the server does")->check(CLI::PositiveNumber);
  how->require_option(1);
  add_keys(*to, told);
  to->add_option("--slice-ms", told.slice_ms, "tell the latencies of each such stretch of time, too")->check(CLI::Range(1U, 60'000U));
  to->add_option("--burst", told.burst, "so many of them are due at once")
      ->needs(rate)
      ->check(CLI::Range(1U, 1'000'000U))
      ->capture_default_str();
}

void add_idle(CLI::App& app, options& told) {
  auto* to = app.add_subcommand("idle", "Open connections that do nothing; tell what they cost");
  add_common(*to, told);
  to->get_option("--pid")->required();
  to->add_option("--connections", told.connections, "number of connections")->required()->check(CLI::Range(1U, 1'000'000U));
  to->add_flag("--subscribe", told.subscribe, "each subscribes to a room");
  to->add_option("--rooms", told.rooms, "number of rooms")->check(CLI::Range(1U, rooms_max))->capture_default_str();
  to->add_option("--seconds", told.seconds, "how long nothing happens (default: 2)")->check(CLI::PositiveNumber);
}

void add_storm(CLI::App& app, options& told) {
  auto* to = app.add_subcommand("storm", "Cut all subscribers off at once and let them come back for what they missed");
  add_common(*to, told);
  to->add_option("--connections", told.connections, "number of subscribers, a multiple of the rooms")
      ->required()
      ->check(CLI::Range(1U, 1'000'000U));
  to->add_option("--rooms", told.rooms, "number of rooms")->required()->check(CLI::Range(1U, rooms_max));
  add_keys(*to, told);
  to->add_option("--first-room", told.first_room, "its number")->check(CLI::Range(0U, rooms_max - 1))->capture_default_str();
  to->add_option("--hold-s", told.hold_s, "how long all stay connected before that")->check(CLI::NonNegativeNumber)->capture_default_str();
  to->add_option(
        "--restart", told.restart,
        "all are cut off by this command of the shell: it ends the server, starts it again, and prints the process to measure then")
      ->type_name("COMMAND");
  to->add_flag("--snapshots", told.snapshots, "the subscribers watch the room's state, and are given it whole when they come back");
  to->add_option("--missed", told.missed, "publications in each room meanwhile")->check(CLI::Range(1U, 100'000U))->capture_default_str();
  add_payload(*to, told);
}

constexpr unsigned publish_connections = 64;
constexpr unsigned publish_batch = 100;

void add_publish(CLI::App& app, options& told) {
  auto* to = app.add_subcommand("publish", "Publish into rooms that nobody is subscribed to; check every answer");
  add_common(*to, told);
  add_window(*to, told);
  to->add_option("--how", told.how, "http: one publication a request; http-batch: --batch of them; ws: Centrifuge; xadd: Redis streams")
      ->required()
      ->check(CLI::IsMember({"http", "http-batch", "ws", "xadd"}));
  to->add_option("--rooms", told.rooms, "number of rooms")->required()->check(CLI::Range(1U, rooms_max));
  to->add_option("--connections", told.connections, "connections, 64 unless told")->check(CLI::Range(1U, publishers_max));
  to->add_option("--pipeline", told.pipeline, "requests of each connection on their way at any time")
      ->check(CLI::Range(1U, 100'000U))
      ->capture_default_str();
  to->add_option("--batch", told.batch, "publications in a request of http-batch, 100 unless told")->check(CLI::Range(1U, 1'000'000U));
  add_keys(*to, told);
}

// Who can be published to in that way.
void check_publish(const options& told) {
  const auto is_http = told.how == "http" || told.how == "http-batch";
  const auto fits = told.how == "xadd" ? told.peer == "redis" : told.peer == "tidewire" || (!is_http && told.peer == "centrifugo");
  if (!fits) throw CLI::ValidationError("--how " + told.how, "not with --peer " + told.peer);
}

void add_fill(CLI::App& app, options& told) {
  auto* to = app.add_subcommand("fill", "Store many entities by HTTP");
  to->add_option("--connect", told.connect, "where it listens")->required()->type_name("HOST:PORT");
  to->add_option("--json", told.json, "write the result there, too")->type_name("FILE");
  to->add_option("--entities", told.entities, "number of entities")->required()->check(CLI::Range(1U, 4'000'000'000U));
  to->add_option("--rooms", told.rooms, "number of rooms, 1000 unless told")->check(CLI::Range(1U, rooms_max));
  to->add_option("--batch", told.batch, "entities in one request")->check(CLI::Range(1U, 1'000'000U))->capture_default_str();
  add_payload(*to, told);
}

// Some scenarios have other defaults than the rest.
void set_defaults(const CLI::App& chosen, options& told) {
  told.scenario = chosen.get_name();
  if (told.scenario == "idle" && chosen.count("--seconds") == 0) told.seconds = 2;
  if (told.scenario == "fill" && chosen.count("--rooms") == 0) told.rooms = 1000;
  if (told.keys > 0 && told.peer != "tidewire") throw CLI::ValidationError("--keys", "--peer " + told.peer + " has no entities");
  if (told.snapshots && told.keys == 0) throw CLI::ValidationError("--snapshots", "of what? Say --keys");
  if (told.scenario != "publish") return;
  if (chosen.count("--connections") == 0) told.connections = publish_connections;
  if (chosen.count("--batch") == 0) told.batch = publish_batch;
  check_publish(told);
}

}  // namespace

std::variant<options, int> read_command_line(int argc, const char* const* argv) {
  options told;
  CLI::App app(
      "Loads a server for live data and measures it. One thread; every delivery is checked. Exit codes: 0 all is well, 1 the server "
      "failed or deliveries were lost, 2 the command line is wrong.",
      "tidewire-load");
  app.require_subcommand(1);
  add_fan_out(app, told);
  add_idle(app, told);
  add_publish(app, told);
  add_storm(app, told);
  add_fill(app, told);
  try {
    app.parse(argc, argv);
    set_defaults(*app.get_subcommands().front(), told);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return told;
}

}  // namespace tidewire::load
