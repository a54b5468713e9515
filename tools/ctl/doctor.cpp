// tidectl doctor: whether this machine and its configuration are fit for a server, and how the running one is.
#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/statfs.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>

#include "schemas/config.hpp"
#include "schemas/protocol/json_object.hpp"
#include "tools/ctl/commands.hpp"
#include "tools/ctl/doctor_checks.hpp"
#include "tools/ctl/engine_status.hpp"
#include "tools/ctl/help.hpp"
#include "tools/ctl/json_row.hpp"

namespace tidewire::ctl {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr auto answer_timeout = 5s;
constexpr std::size_t sync_writes = 32;
constexpr auto sync_time_max = 2s;

struct doctor_flags {
  std::string config, data;
};

std::int64_t wall_minus_steady_us() {
  const auto wall = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(wall - clock::now().time_since_epoch()).count();
}

std::uint16_t port_of(const std::string& address) {
  const auto port = std::strtoul(address.substr(address.rfind(':') + 1).c_str(), nullptr, 10);
  return port <= 65'535 ? static_cast<std::uint16_t>(port) : std::uint16_t{0};
}

// The file, the environment over it, and what is wrong with them.
server_options read_options(const doctor_flags& flags, std::vector<finding>& all) {
  const auto what = flags.config.empty() ? std::string("defaults and environment") : flags.config;
  result<server_options> read = server_options{};
  if (!flags.config.empty()) {
    std::ifstream file(flags.config, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    read = file.is_open() ? parse_config(text, flags.config) : fail(errc::bad_request, flags.config + ": cannot be read");
  }
  if (read)
    read = apply_environment(std::move(*read), [](std::string_view name) {
      const char* const value = std::getenv(std::string(name).c_str());
      return value == nullptr ? std::nullopt : std::optional<std::string>(value);
    });
  if (!read) {
    all.push_back({verdict::fail, "configuration", read.error().detail, "docs/configuration.md has every key"});
    return {};
  }
  const auto warnings = config_warnings(*read);
  for (const auto& each : warnings) all.push_back({verdict::warn, "configuration", each});
  if (warnings.empty()) all.push_back({verdict::ok, "configuration", what});
  return std::move(*read);
}

// A small real test: what a commit waits for.
std::vector<std::uint64_t> measure_sync(const std::filesystem::path& folder) {
  std::vector<std::uint64_t> latencies;
  const auto path = folder / (".tidectl-doctor-" + std::to_string(::getpid()));
  const int file = ::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (file < 0) return latencies;
  const std::array<char, 4'096> block{};
  const auto until = clock::now() + sync_time_max;
  for (std::size_t i = 0; i < sync_writes && clock::now() < until; ++i) {
    const auto begun = clock::now();
    if (::write(file, block.data(), block.size()) != static_cast<ssize_t>(block.size()) || ::fdatasync(file) != 0) break;
    latencies.push_back(static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - begun).count()));
  }
  ::close(file);
  ::unlink(path.c_str());
  return latencies;
}

void look_at_data(const std::string& data, std::vector<finding>& all) {
  const auto folder = existing_part(data);
  struct statfs about {};
  if (::statfs(folder.c_str(), &about) != 0) {
    all.push_back(
        {verdict::fail, "disk", folder.string() + " cannot be looked at", "the data directory must be readable by the server's user"});
    return;
  }
  const auto block = static_cast<std::uint64_t>(about.f_bsize);
  for (auto& each : check_disk(
           {folder.string(), file_system_name(static_cast<std::uint64_t>(about.f_type)), about.f_blocks * block, about.f_bavail * block}))
    all.push_back(std::move(each));
  all.push_back(check_sync(measure_sync(folder)));
}

clock_facts look_at_clock(std::int64_t began_us) {
  timex asked{};
  const int state = ::adjtimex(&asked);
  clock_facts made;
  made.told = state >= 0;
  made.synchronised = state != TIME_ERROR && (asked.status & STA_UNSYNC) == 0;
  made.error_us = asked.maxerror;
  made.step_us = wall_minus_steady_us() - began_us;
  return made;
}

finding versions_of(const std::string& served_by) {
  utsname kernel{};
  ::uname(&kernel);
  const auto says = "tidectl " TIDEWIRE_VERSION ", Linux " + std::string(kernel.release) + ", " + OpenSSL_version(OPENSSL_VERSION);
  if (served_by.empty() || served_by == TIDEWIRE_VERSION) return {verdict::ok, "versions", says};
  return {verdict::warn, "versions", says + "; the server is " + served_by, "use tidectl of the server's version"};
}

// What a running server adds; nothing if none answers.
std::optional<engine_status> look_at_server(const session& with, std::string& version) {
  admin_listener admin(with, answer_timeout);
  auto status = read_status(admin);
  if (!status) return std::nullopt;
  if (const auto document = admin.ask({"GET", "/api/v1/openapi.json"})) version = json_row(*document).inner("info").text("version");
  return std::move(*status);
}

exit_code examine(const session& with, const doctor_flags& flags) {
  const auto began_us = wall_minus_steady_us();
  std::vector<finding> all;
  const auto options = read_options(flags, all);
  const auto clients = listeners_on(port_of(options.listen));
  all.push_back(check_port("listen", options.listen, clients));
  all.push_back(check_port("admin", options.admin, listeners_on(port_of(options.admin))));
  const auto server = !clients.empty() && clients.front().program == "tidewire" ? clients.front().pid : 0;
  const auto process = server == 0 ? std::string("self") : std::to_string(server);
  if (const auto files = file_limit_of(process))
    all.push_back(check_files(*files, options.limit, server == 0 ? "of this shell" : "of the server (pid " + process + ")"));
  look_at_data(flags.data.empty() ? options.data : flags.data, all);
  all.push_back(check_memory(read_machine_memory(), options.memory_budget));
  for (auto& each : check_kernel(read_kernel(), options.limit)) all.push_back(std::move(each));

  std::string version;
  const auto status = look_at_server(with, version);
  all.push_back(versions_of(version));
  if (status) {
    const auto found = assess(*status);
    if (found.empty()) all.push_back({verdict::ok, "server", with.admin + " is ready, and nothing is wrong"});
    for (const auto& each : found) all.push_back({each.is, "server: " + each.what, each.says, each.do_});
  } else {
    all.push_back(
        {verdict::note, "server", "none answers at " + with.admin, "--admin says where it is; the rest was looked at without it"});
  }
  for (auto& each : check_clock(look_at_clock(began_us))) all.push_back(std::move(each));

  std::string body;
  {
    protocol::json_object object(body);
    object.name("findings") += findings_json(all);
  }
  with.say(findings_text(all), body);
  return exit_code_of(all);
}

}  // namespace

command add_doctor(CLI::App& root, const session& with) {
  const auto flags = std::make_shared<doctor_flags>();
  auto* app = root.add_subcommand("doctor", "Look at this machine, the configuration and the server, and say what to change");
  app->add_option("--config", flags->config, "the server's TOML file (default: its defaults, and the environment)");
  app->add_option("--data", flags->data, "its data directory (default: that of the configuration)");
  describe(*app,
           "Run it where the server runs, as the server's user or as root. It needs no running server, and asks one for more. In the data\n"
           "directory it writes a file of 128 KiB, to see how long a sync takes, and removes it.\n"
           "Exit status: 0 all is well, 4 something should be changed (WARN), 1 something is wrong (FAIL).",
           {{"doctor --config /etc/tidewire/tidewire.toml", ""}, {"doctor --json | jq '.findings[] | select(.verdict != \"OK\")'", ""}});
  return {app, [flags, &with] { return examine(with, *flags); }};
}

}  // namespace tidewire::ctl
