#include "tools/server/serve.hpp"

#include <sched.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>

#include "actors/ops/token_key_source.hpp"
#include "actors/random.hpp"
#include "actors/runtime.hpp"
#include "actors/supervision/log.hpp"
#include "schemas/access/api_key.hpp"
#include "schemas/access/operators.hpp"
#include "schemas/api/cursor.hpp"
#include "schemas/base64.hpp"
#include "schemas/memory_account.hpp"
#include "schemas/memory_budget.hpp"
#include "schemas/rfc3339.hpp"
#include "schemas/statistics/slow_queries.hpp"
#include "tools/server/machine_memory.hpp"
#include "tools/server/service_manager.hpp"
#include "tools/server/signals.hpp"
#include "tools/web/assets.hpp"
#include "transport/io_threads.hpp"
#include "transport/server.hpp"
#include "transport/thread_pulse.hpp"
#include "transport/tls_identity.hpp"

namespace tidewire {

namespace {

using namespace std::chrono_literals;

constexpr auto drain_timeout = 10s;
constexpr std::size_t log_lines_max = 5'000;  // kept for operators
constexpr std::size_t log_bytes_max = 2'097'152;

std::string boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id;
}

// Every connection is a file: take what the system allows.
void raise_file_limit(std::size_t wanted) {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  if (files.rlim_cur < wanted)
    spdlog::warn("fewer files may be open than connections are allowed: files={} connections_max={}", files.rlim_cur, wanted);
}

// Those that this process may run on: taskset and containers count.
std::size_t processors() {
  cpu_set_t usable;
  if (sched_getaffinity(0, sizeof usable, &usable) != 0) return 1;
  return static_cast<std::size_t>(std::clamp(CPU_COUNT(&usable), 1, 16));
}

std::optional<static_file> find_page_file(std::string_view path) {
  const bool hashed = path.starts_with("/assets/") || path.starts_with("/console/");
  for (const auto all : {web::document_assets(), web::web_assets()}) {
    const auto found = std::ranges::find(all, path, &web::asset::path);
    if (found != all.end()) return static_file{found->content_type, found->bytes, found->etag, hashed};
  }
  return std::nullopt;
}

// Of the operators' listeners.
transport::server_settings settings_of(const server_options& options, const std::string& listen) {
  transport::server_settings made;
  made.listen = listen;
  made.limit = options.limit;
  made.allowed_origins = options.allowed_origins;
  made.websocket_compression = options.websocket_compression.enabled;
  made.http_compression = options.http_compression;
  return made;
}

transport::server_settings public_settings(const server_options& options, std::shared_ptr<const transport::tls_identity> shown,
                                           memory_account& held) {
  auto made = settings_of(options, options.listen);
  made.address_connections_max = options.limit.connections_per_address_max;
  made.tls = std::move(shown);
  made.trusted_proxies = options.trusted_proxies;
  made.test_echo = options.test_echo;
  made.requests = &held[memory_part::requests];
  return made;
}

int refuse_to_start(const failure& why) {
  spdlog::error("{}", why.detail);
  return 1;
}

// Clients come back at once when they are told to: a few at a time.
std::chrono::milliseconds drain_time(const limits& limit, std::size_t connections) {
  const auto all_ms = connections * 1'000 / limit.drain_connections_per_s;
  return std::chrono::milliseconds(std::min<std::size_t>(all_ms, std::size_t{limit.drain_s_max} * 1'000));
}

// What is to be said of memory is decided here, once: the budget, its division, and the limits that it lowers.
struct memory_plan {
  memory_shares shares;
  limits limit;
};

memory_plan plan_memory(const server_options& options) {
  const auto machine = read_machine_memory();
  const auto budget = options.memory_budget != 0 ? options.memory_budget : default_memory_budget(machine.bytes, machine.allowed);
  const auto shares = divide_memory(budget, options.limit);
  spdlog::info("memory budget={} machine={} allowed={}", budget, machine.bytes,
               std::min(machine.bytes, machine.allowed.value_or(machine.bytes)));
  return {shares, within(shares, options.limit)};
}

// Made once for each database, so that cursors go on over restarts.
result<api::cursor_key> cursor_key_of(storage::store& disk) {
  constexpr auto name = "cursor_key";
  api::cursor_key key{};
  const auto kept = disk.note(name);
  if (!kept) return tl::unexpected(kept.error());
  if (const auto bytes = decode_base64url(*kept); bytes && bytes->size() == key.size()) {
    std::ranges::copy(*bytes, key.begin());
    return key;
  }
  key = random_value<api::cursor_key>();
  const std::string_view text(reinterpret_cast<const char*>(key.data()), key.size());
  return disk.keep_note(name, encode_base64url(text)).map([&] { return key; });
}

// Null without [tls].
result<std::shared_ptr<transport::tls_identity>> open_identity(const server_options& options) {
  if (options.tls_certificate_file.empty()) return nullptr;
  return transport::tls_identity::open({options.tls_certificate_file, options.tls_private_key_file});
}

void tell_identity(const transport::tls_identity& shown) {
  std::string until;
  append_rfc3339(until, shown.valid_until_s() * 1'000);
  const bool over = std::chrono::system_clock::now().time_since_epoch() > std::chrono::seconds(shown.valid_until_s());
  over ? spdlog::warn("tls: the certificate has expired, at {}: clients will refuse it", until)
       : spdlog::info("tls: the certificate is good until {}", until);
}

// Connections that begin from now on are shown what the files have now.
void reload_identity(const server_options& fresh, transport::tls_identity* shown) {
  if (!shown) {
    if (!fresh.tls_certificate_file.empty()) spdlog::warn("[tls] takes effect at the next start");
    return;
  }
  if (fresh.tls_certificate_file.empty()) return spdlog::warn("[tls] is gone from the configuration: that takes effect at the next start");
  if (const auto read = shown->replace({fresh.tls_certificate_file, fresh.tls_private_key_file}); !read)
    return spdlog::error("the certificate was not reloaded: {}", read.error().detail);
  tell_identity(*shown);
}

std::optional<std::string> look_up(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

result<std::string> read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(errc::unavailable, path + ": cannot be read");
  return std::string{std::istreambuf_iterator<char>(file), {}};
}

// What operators see of it, and how they have it read again: the thread that waits for signals does that.
config_source source_of(const serve_command& command) {
  const auto& path = command.config_path;
  return {path, path.empty() ? std::string() : read_text(path).value_or(std::string()), [path] { return read_text(path); },
          [read = command.reload]() -> result<void> {
            if (const auto fresh = read(); !fresh) return tl::unexpected(fresh.error());
            raise_reload();
            return {};
          }};
}

void set_levels(const std::string& all, bool requests) {
  log_of(access_component);  // it is there for who switches it on
  set_log_level({}, spdlog::level::from_str(all));
  if (requests) set_log_level(access_component, spdlog::level::info);
}

// The database is asked by many threads: what is slow is told by whoever notices.
void watch_queries(const observation_options& observed) {
  slow_queries_here().watch(std::uint64_t{observed.slow_query_ms} * 1'000'000, [](const slow_query& what, std::uint64_t left_out) {
    log_of("storage").warn("slow query: operation={} table={} ms={} left_out={}", what.operation, what.table, what.ns / 1'000'000,
                           left_out);
  });
}

void reload(const serve_command& command, api_key_ring& known, transport::tls_identity* shown) {
  const auto fresh = command.reload();
  if (!fresh) return spdlog::error("configuration not reloaded:\n{}", fresh.error().detail);
  set_levels(fresh->log_level, command.observed.access_log);
  known.replace(fresh->api_keys);
  spdlog::info(
      "configuration reloaded: log_level={} api_keys={}; certificates and keys of tokens are read again; everything else takes effect at "
      "the next start",
      fresh->log_level, fresh->api_keys.size());
  reload_identity(*fresh, shown);
}

}  // namespace

int serve(const serve_command& command) {
  auto options = command.options;
  keep_log_lines(log_lines_max, log_bytes_max);
  set_levels(options.log_level, command.observed.access_log);
  watch_queries(command.observed);
  block_signals();
  raise_file_limit(options.limit.connections_max);
  const service_manager manager(look_up);
  const auto plan = plan_memory(options);
  options.limit = plan.limit;
  options.namespaces.push_back(options_of_operators_rooms());
  memory_account held(plan.shares);

  const auto keys = token_key_source::open(command.options);
  if (!keys) return refuse_to_start(keys.error());
  options.token_keys = (*keys)->ring();
  options.known_keys = std::make_shared<api_key_ring>(options.api_keys);
  const auto identity = open_identity(options);
  if (!identity) return refuse_to_start(identity.error());
  if (*identity) tell_identity(**identity);

  storage::rocksdb_options database;
  database.path = options.data;
  database.boot_id = boot_id();
  database.recover = command.recover;
  database.block_cache_bytes = plan.shares[memory_part::database];
  database.memtable_bytes = memtable_bytes(plan.shares);
  database.reads = &held.cache;
  query_counters queries;
  database.queries = &queries;
  auto disk = storage::open_rocksdb_store(database);
  if (!disk) return refuse_to_start(disk.error());
  const auto sealing = cursor_key_of(**disk);
  if (!sealing) return refuse_to_start(sealing.error());
  options.cursor_key = *sealing;
  const auto memory = storage::make_memory_store();

  transport::io_threads io(options.io_threads == 0 ? processors() : options.io_threads);
  transport::io_threads operators(1);  // theirs alone: it answers also when an actor keeps the others busy
  runtime engine({options, **disk, *memory, io, held, find_page_file, raise_failed, &(*keys)->counts(), source_of(command), &queries,
                  command.observed});
  bool failed = false;
  {
    auto watched = settings_of(options, options.admin);
    watched.allowed_origins.clear();
    transport::server watchers(std::move(watched), engine.admin_application(), io);  // the WebSockets of operators
    transport::server front(public_settings(options, *identity, held), engine.public_application(), io);
    transport::server admin(settings_of(options, options.admin), engine.admin_application(), operators);
    admin.leave_websockets_to(watchers);
    if (const auto started = front.start(); !started) return refuse_to_start(started.error());
    if (const auto started = admin.start(); !started) return refuse_to_start(started.error());
    std::optional<transport::server> socket;
    if (!options.admin_socket.empty()) {
      socket.emplace(settings_of(options, "unix:" + options.admin_socket), engine.admin_application(), operators);
      socket->leave_websockets_to(watchers);
      if (const auto started = socket->start(); !started) return refuse_to_start(started.error());
    }
    engine.serves(&front, &watchers);
    engine.set_ready(true);
    const auto host = [](const std::string& listen) { return listen.substr(0, listen.rfind(':')); };
    std::cout << "listening on " << host(options.listen) << ':' << front.port() << '\n'
              << "admin on " << host(options.admin) << ':' << admin.port() << std::endl;

    const auto status = "Serving on " + options.listen;
    manager.ready(status);
    const watchdog_feeder feeder(manager, [&](auto deadline) {
      auto silent = transport::silent_thread(operators, deadline);
      return silent.empty() ? engine.silent_part(deadline) : "the operators' " + silent;
    });
    auto caught = next_signal();
    for (; caught == server_signal::reload; caught = next_signal()) {
      manager.reloading();
      reload(command, *options.known_keys, identity->get());
      (*keys)->refresh();
      manager.ready(status);
    }
    failed = caught == server_signal::failed;

    manager.stopping();
    spdlog::info("stopping: connections={}", front.connections());
    engine.set_ready(false);
    engine.tell_stopping();
    front.stop_accepting();
    front.close_all(close_code::shutdown, failed ? 0ms : drain_time(options.limit, front.connections()));
    if (!front.wait_closed(drain_timeout)) spdlog::warn("connections left at the end of the drain: {}", front.connections());
    watchers.close_all(close_code::shutdown);
    if (!watchers.wait_closed(1s)) spdlog::info("operators that watch are cut off: connections={}", watchers.connections());
    engine.serves(nullptr);
  }
  if (failed) spdlog::error("the supervision tree has given up: too many restarts; see the errors above");
  return failed ? 1 : 0;
}

}  // namespace tidewire
