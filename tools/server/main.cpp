// The server's command line.
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>

#include "actors/random.hpp"
#include "actors/supervision/log.hpp"
#include "schemas/access/api_key.hpp"
#include "schemas/config.hpp"
#include "tools/server/serve.hpp"

// Read by jemalloc before main(): what is free goes back to the kernel within seconds, by a thread of jemalloc's own, also when nobody
// allocates any more; and operators may have allocations sampled. MALLOC_CONF in the environment is stronger.
extern "C" const char* const malloc_conf;
const char* const malloc_conf = "background_thread:true,dirty_decay_ms:3000,muzzy_decay_ms:0,prof:true,prof_active:false";

namespace {

using namespace tidewire;

result<std::string> read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(errc::bad_request, path + ": cannot be read");
  return std::string{std::istreambuf_iterator<char>(file), {}};
}

result<server_options> read_file(const std::string& path) {
  return read_text(path).and_then([&](const std::string& text) { return parse_config(text, path); });
}

result<observation_options> read_observation(const std::string& path) {
  return read_text(path).and_then([&](const std::string& text) { return parse_observation(text, path); });
}

std::optional<std::string> look_up(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

// What `serve` was told on the command line; stronger than environment and file.
struct serve_flags {
  std::string config;
  std::optional<std::string> data, listen, admin, admin_socket, log_level, log_format;
  bool dev = false;
  bool recover = false;

  result<server_options> options() const {
    auto found = config.empty() ? result<server_options>(server_options{}) : read_file(config);
    if (found) found = apply_environment(std::move(*found), look_up);
    if (!found) return found;
    if (data) found->data = *data;
    if (listen) found->listen = *listen;
    if (admin) found->admin = *admin;
    if (admin_socket) found->admin_socket = *admin_socket;
    if (log_level) found->log_level = *log_level;
    found->dev = dev;
    return found;
  }

  result<observation_options> observed() const {
    auto found = config.empty() ? result<observation_options>(observation_options{}) : read_observation(config);
    if (found) found = apply_log_environment(*found, look_up);
    if (found && log_format) found->json_log = *log_format == "json";
    return found;
  }
};

int complain(const failure& why) {
  std::cerr << why.detail << '\n';
  return 2;
}

int serve_with(const serve_flags& flags) {
  const auto options = flags.options();
  if (!options) return complain(options.error());
  const auto observed = flags.observed();
  if (!observed) return complain(observed.error());
  if (observed->json_log) write_log_as_json();
  if (!options->dev && !trusts_tokens(*options) && options->api_keys.empty())
    return complain(
        {errc::bad_request, "nobody could connect: set [token] hmac_secret in the configuration, or use --dev for anonymous access"});
  for (const auto& warning : config_warnings(*options)) spdlog::warn("{}", warning);
  return serve({*options, *observed, flags.recover, [&] { return flags.options(); }, flags.config});
}

int check(const std::string& path) {
  const auto options = read_file(path);
  if (!options) return complain(options.error());
  for (const auto& warning : config_warnings(*options)) std::cout << "warning: " << warning << '\n';
  std::cout << path << ": ok\n";
  return 0;
}

// The key of somebody else from standard input, or a new one.
int hash_key(bool given) {
  std::string key;
  if (given) {
    std::getline(std::cin, key);
    if (key.empty() || key.size() > api_key_bytes_max)
      return complain(
          {errc::bad_request, "standard input must have a key of 1 to " + std::to_string(api_key_bytes_max) + " bytes in one line"});
  } else {
    const auto random = random_value<std::array<char, 32>>();
    key = format_api_key({random.data(), random.size()});
    std::cout << "key:  " << key << "   (shown this once; for whoever uses it)\n";
  }
  std::cout << "hash: " << hash_api_key(key) << "   (for the configuration)\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  spdlog::set_default_logger(spdlog::stderr_color_mt("server"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %n %v");

  CLI::App app{"Tidewire: an actor-based real-time state engine"};
  app.set_version_flag("--version", "tidewire " TIDEWIRE_VERSION);
  app.require_subcommand(1);

  serve_flags flags;
  auto* serving = app.add_subcommand("serve", "Run the server until SIGTERM");
  serving->add_option("--config", flags.config, "TOML file")->check(CLI::ExistingFile);
  serving->add_option("--data", flags.data, "directory of the database (default: data)");
  serving->add_option("--listen", flags.listen, "address of clients and integrations (default: 127.0.0.1:8000)");
  serving->add_option("--admin", flags.admin, "address for operators (default: 127.0.0.1:8001)");
  serving->add_option("--admin-socket", flags.admin_socket, "Unix socket for operators, who need no token there (default: none)");
  serving->add_option("--log-level", flags.log_level, "trace, debug, info, warn, error")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error"}));
  serving->add_option("--log-format", flags.log_format, "text (default) or json, one object a line")
      ->check(CLI::IsMember({"text", "json"}));
  serving->add_flag("--dev", flags.dev, "anonymous access; clients may publish");
  serving->add_flag("--recover", flags.recover, "open a damaged database with what is provably whole; every room gets a new epoch");

  std::string checked;
  auto* checking = app.add_subcommand("check-config", "Read a configuration, say what is wrong with it");
  checking->add_option("file", checked, "TOML file")->required()->check(CLI::ExistingFile);

  bool given = false;
  auto* hashing = app.add_subcommand("hash-key", "Make an API key, and print it and its hash");
  hashing->add_flag("--stdin", given, "the hash of the key on standard input instead");

  CLI11_PARSE(app, argc, argv);
  if (*hashing) return hash_key(given);
  if (*serving) return serve_with(flags);
  return check(checked);
}
