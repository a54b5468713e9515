// What `tidectl top` knows of a server at one moment, and the figures between two moments. Pure; top_fetch reads it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/ctl/engine_status.hpp"
#include "tools/ctl/metrics_text.hpp"

namespace tidewire::ctl {

// A row of a table: what is shown, what it is sorted by, and what Enter opens.
struct top_row {
  std::vector<std::string> cells{};  // fit to be shown
  std::vector<double> values{};      // in the order of the table's sorts
  std::string opens{};               // a path of the listener; empty: the row itself
  std::string name{};                // of the kind, room, session
  std::string raw{};                 // JSON
};

struct top_sample {
  double at_s = 0;      // of a steady clock
  std::string problem;  // why there is nothing else; empty: nothing
  engine_status status;
  metrics numbers;
  std::vector<std::string> kinds{};    // raw rows, the kind within as "kind"
  std::vector<std::string> rooms{};    // of hot.rooms
  std::vector<std::string> clients{};  // of hot.subscribers, or of sessions
  std::vector<std::string> actors{};   // of performance/actors
  std::string detail{};                // JSON of what was opened
  bool lacks_hot = false;              // an older server
  bool lacks_actors = false;
  bool lacks_sessions = false;
};

void take_kinds(top_sample& into, std::string_view json);       // GET /api/v1/actors
void take_hot(top_sample& into, std::string_view json);         // GET /api/v1/performance/hot
void take_actor_rows(top_sample& into, std::string_view json);  // GET /api/v1/performance/actors
void take_sessions(top_sample& into, std::string_view json);    // GET /api/v1/sessions

// Per second, and milliseconds; nothing: the server does not say.
struct top_figures {
  std::optional<double> publications, deliveries, missed, requests, commits, messages;
  std::optional<double> http_p50_ms, http_p99_ms, commit_p50_ms, commit_p99_ms;
  std::optional<double> cpu_percent, rooms, connections;
  std::optional<double> slow, queued_bytes;
};
top_figures figures_between(const top_sample& before, const top_sample& now);

}  // namespace tidewire::ctl
