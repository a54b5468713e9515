// The admin listener's HTTP interface, for operators on this machine: health, the counters of the actors, and the fault switch where the
// configuration enables it. Answers on the I/O thread by itself, so it works while actors do not; but the quarantine is an actor's, and
// WebSockets are served on the engine's threads (transport::server::leave_websockets_to). Which methods and parameters the paths take:
// admin_routes.hpp.
//
//   GET  / /console… /assets/…               the console (tools/web), without a token: it asks for that
//   GET  /livez /readyz /problems/…          without a token
//   GET  /metrics                            for Prometheus
//   GET  /api/v1/openapi.json                this interface, as a document
//   GET  /api/v1/actors                      per kind: how many, what they handled, how long that took
//   GET  /api/v1/performance/actors          the first of all actors in some order
//   GET  /api/v1/performance/hot             who works most just now
//   …    /api/v1/config…                     GET what runs, GET diff: what the file says otherwise, POST reload
//   GET  /api/v1/logs                        the last lines of the log
//   …    /api/v1/log-levels                  GET and PUT: of each component
//   …    /api/v1/sessions…                   connections of clients (actors/operators/session_desk.hpp)
//   …    /api/v1/tree…                       the supervision tree (actors/operators/operator_desk.hpp)
//   GET  /api/v1/performance/memory          what is held against the budget, where reads found what they wanted, what may leak
//   GET  /api/v1/performance/database        tables, background work, what is asked of them, what took long
//   GET  /api/v1/performance/status          what is wrong now, and what helps
//   GET  /api/v1/websocket/metrics           connections, and what became of slow ones
//   GET  /api/v1/access/metrics              what was refused where clients come in, and the keys of tokens
//   GET  /debug/pprof/profile, heap          (actors/ops/profiler.hpp)
//   POST /api/v1/performance/profile/cpu     as the first of them
//   GET  /api/v1/performance/trace           (the same)
//   POST /api/v1/backups, exports and more   long work of operators (actors/ops/operator_jobs.hpp)
//   …    /api/v1/rooms… entities events batch   as on the public listener, with all rights and without its credentials
//   …    /api/v1/quarantine…                 what was set aside (actors/quarantine)
//   GET  /connection/websocket               the client protocol, for operators: rooms "$sys:…" (actors/operators/live_rooms_state.hpp)
//   POST /test/faults {"kind","messages"}    the next messages of actors of that kind throw; with "key" only the handling of so many
//                                            changes of that key, by rooms or entities. Only with [test] faults = true
#pragma once

#include <utility>

#include "actors/edge/config_views.hpp"
#include "actors/edge/leak_readings.hpp"
#include "actors/engine.hpp"
#include "actors/gateway/gateway_state.hpp"
#include "actors/ops/leak_watcher.hpp"
#include "actors/ops/operator_jobs.hpp"
#include "actors/ops/profiler.hpp"
#include "transport/application.hpp"

namespace tidewire {

class admin final : public transport::application {
 public:
  // `own` outlives the admin.
  admin(engine& own, gateway_state::find_file files, config_source config, leak_options leaks)
      : own_(own),
        files_(std::move(files)),
        config_(std::move(config)),
        jobs_({own.options, own.disk, own.memory}),
        leaks_(leaks, [&own, leaks] { return leak_readings(own, leaks.growth_bytes); }) {}

  // The engine stands, and may be looked at.
  void start() { leaks_.start(); }

  void on_http(transport::http_request request, transport::http_responder_ptr responder) override;
  std::unique_ptr<transport::outbox_listener> on_websocket(const transport::http_request& upgrade, transport::outbox_ptr out,
                                                           transport::http_response& refusal) override;

 private:
  bool let_in(const transport::http_request& request, const transport::http_responder_ptr& responder) const;
  result<void> check_token(const transport::http_request& request) const;
  result<void> check_page(const transport::http_request& request) const;
  transport::http_response metrics(const transport::http_request& request) const;
  bool serve_views(const transport::http_request& request, std::string_view path, const api::request_target& asked,
                   const transport::http_responder_ptr& responder) const;
  void serve_others(transport::http_request request, transport::http_responder_ptr responder) const;
  bool serve_config(const transport::http_request& request, std::string_view path, const transport::http_responder_ptr& responder) const;
  transport::http_response log_levels(const transport::http_request& request) const;
  std::string websocket_body() const;
  transport::http_response document(const transport::http_request& request) const;
  transport::http_response readiness(bool verbose) const;
  std::string access_body() const;
  bool serve_console(const transport::http_request& request, const transport::http_responder_ptr& responder) const;
  transport::http_response arm_faults(std::string_view body) const;

  engine& own_;
  const gateway_state::find_file files_;
  const config_source config_;
  operator_jobs jobs_;
  profiler profiler_;
  leak_watcher leaks_;
};

}  // namespace tidewire
