// How the running server is, as its operators' listener tells: read once, and judged. Pure, but for read_status().
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tools/ctl/findings.hpp"
#include "tools/ctl/listeners.hpp"

namespace tidewire::ctl {

struct memory_row {
  std::string name;
  std::uint64_t used = 0;
  std::uint64_t limit = 0;
};

struct actor_row {
  std::string kind;
  std::uint64_t started = 0, ended = 0, crashed = 0, handled = 0, refused = 0;
  std::uint64_t alive() const noexcept { return started > ended ? started - ended : 0; }
};

struct engine_status {
  bool ready = false;
  std::string warm_up{};  // "over, 0 of 0 rooms"
  std::uint64_t budget = 0, held = 0, resident = 0;
  std::vector<memory_row> parts{};
  std::vector<std::string> growing{};  // and do not stop
  std::uint64_t connections = 0, behind = 0, disconnected = 0;
  std::vector<actor_row> actors{};
  std::vector<std::pair<std::string, std::uint64_t>> limits{};  // that were crossed, how often
  std::uint64_t credentials_refused = 0, addresses_refused = 0, token_keys_failed = 0;
  std::uint64_t quarantined = 0;
  bool more_quarantined = false;
};

// Errors: as of admin_listener::ask(). A server that serves no more answers what it can.
result<engine_status> read_status(admin_listener& admin);

// The answers' bodies, taken apart.
void take_readiness(engine_status& into, std::string_view text);
void take_memory(engine_status& into, std::string_view json);
void take_connections(engine_status& into, std::string_view json);
void take_actors(engine_status& into, std::string_view json);
void take_limits(engine_status& into, std::string_view json);
void take_access(engine_status& into, std::string_view json);
void take_quarantine(engine_status& into, std::string_view json);

// What is wrong; what needs no word is left out.
std::vector<finding> assess(const engine_status& of);

// The screen: the findings, the worst first, and below them the figures.
std::string status_text(const engine_status& of, const std::string& address);
std::string status_json(const engine_status& of);

}  // namespace tidewire::ctl
