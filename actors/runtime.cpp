#include "actors/runtime.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <mutex>
#include <utility>

#include "actors/edge/access_log.hpp"
#include "actors/edge/admin.hpp"
#include "actors/edge/edge.hpp"
#include "actors/engine.hpp"
#include "actors/io_scheduler.hpp"
#include "actors/ops/work_thread.hpp"
#include "actors/pulse.hpp"
#include "actors/session/session_link.hpp"
#include "actors/supervision/fault_switch.hpp"
#include "actors/supervision/supervisor.hpp"
#include "actors/tree.hpp"
#include "transport/server.hpp"
#include "transport/thread_pulse.hpp"

namespace tidewire {

namespace {

class system_config : public io_scheduler_config {
 public:
  system_config(const server_options& options, transport::io_threads& threads) : io_scheduler_config(threads) {
    add_message_types<caf::id_block::tidewire_supervision>();
    add_message_types<caf::id_block::tidewire>();
    if (options.scheduler_threads == 0) load<io_scheduler>();
    set("scheduler.policy", caf::atom("sharing"));  // stealing polls, and starts many children slowly
    set("scheduler.max-threads", std::size_t{options.scheduler_threads});
    set("scheduler.max-throughput", std::size_t{300});  // messages: then an actor that mails itself lets others run
  }
};

std::function<void(transport::outbox_listener&)> to_links(std::function<void(session_link&)> tell) {
  return [tell = std::move(tell)](transport::outbox_listener& listener) {
    if (auto* of_session = dynamic_cast<session_listener*>(&listener)) tell(of_session->link());
  };
}

}  // namespace

class runtime::state {
 public:
  explicit state(runtime_parts parts)
      : own_{.options = parts.options,
             .roles = roles_,
             .disk = parts.disk,
             .memory = parts.memory,
             .io = parts.io,
             .held = parts.held,
             .visit_sessions = {},
             .connections = {},
             .keys = parts.keys,
             .queries = parts.queries},
        config_(parts.options, parts.io),
        system_(config_),
        edge_(own_),
        admin_(own_, parts.files, parts.config, parts.observed.leaks) {
    if (parts.options.test_faults) fault_switch::enable();
    actor_timing::on = parts.options.actor_times;
    actor_timing::slow_ns = std::uint64_t{parts.options.slow_handler_ms} * 1'000'000;
    access_log::slow_ns = std::uint64_t{parts.observed.slow_request_ms} * 1'000'000;
    own_.visit_sessions = [this](std::uint64_t start) {
      const auto tell = [start](session_link& link) { link.broadcaster_restarted(start); };
      visit(server_, tell);
      visit(operators_, tell);
    };
    own_.visit_links = [this](std::function<void(session_link&)> visitor) { visit(server_, std::move(visitor)); };
    own_.visit_links_behind = [this](std::function<void(session_link&)> visitor) {
      const std::lock_guard lock(guard_);
      if (server_ != nullptr) server_->visit_behind(to_links(std::move(visitor)));
    };
    own_.end_connections = [this](const end_connection& whom) {
      visit(server_, [whom = std::make_shared<const end_connection>(whom)](session_link& link) { link.end(whom); });
    };
    own_.aside = [this](std::function<void()> job) { aside_.post(std::move(job)); };
    own_.root = [this] {
      const std::lock_guard lock(guard_);
      return root_;
    };
    own_.connections = [this] {
      const std::lock_guard lock(guard_);
      return server_ == nullptr ? 0 : server_->connections();
    };
    own_.crowded = [this] {
      const std::lock_guard lock(guard_);
      return server_ == nullptr ? 0 : server_->refused_of_address();
    };
    become_root(caf::actor_cast<caf::actor>(system_.spawn<supervisor>(engine_tree(own_, std::move(parts.files)))));
    caf::actor_cast<caf::abstract_actor*>(root_)->attach_functor([this, on_failure = std::move(parts.on_failure)](const caf::error&) {
      if (!stopping_.load()) on_failure();
    });
    admin_.start();
  }

  ~state() {
    stopping_ = true;
    caf::scoped_actor self{system_};
    self->send_exit(root_, caf::exit_reason::user_shutdown);
    self->wait_for(root_);
    become_root(nullptr);
  }
  state(const state&) = delete;
  state& operator=(const state&) = delete;

  transport::application& public_application() { return edge_; }
  transport::application& admin_application() { return admin_; }
  void set_ready(bool ready) {
    own_.ready = ready;
    auto directory = own_.roles.ref<directory_actor>(role::directory);
    if (!ready) mail(directory, note_atom::value);
  }
  void tell_stopping() {
    if (!own_.options.lifecycle) return;
    auto log = roles_.ref<lifecycle_actor>(role::lifecycle);
    mail(log, lifecycle_event{lifecycle_event::kind::server_stopping, {}, {}});
  }

  std::string silent_part(std::chrono::steady_clock::time_point deadline) {
    if (auto thread = transport::silent_thread(own_.io, deadline); !thread.empty()) return thread;
    return silent_actor(system_, roles_, prompt_roles(), deadline);
  }

  void serves(transport::server* clients, transport::server* operators) {
    const std::lock_guard lock(guard_);
    server_ = clients;
    operators_ = operators;
  }

 private:
  void become_root(caf::actor root) {
    const std::lock_guard lock(guard_);
    root_ = std::move(root);
  }

  // `tell` is called on the I/O threads. `whose` changes under the guard.
  void visit(transport::server* const& whose, std::function<void(session_link&)> tell) {
    const std::lock_guard lock(guard_);
    if (whose == nullptr) return;
    whose->visit(to_links(std::move(tell)));
  }

  role_table roles_;
  engine own_;
  std::mutex guard_;
  transport::server* server_ = nullptr;
  transport::server* operators_ = nullptr;
  std::atomic<bool> stopping_{false};
  system_config config_;
  caf::actor_system system_;
  edge edge_;
  admin admin_;
  work_thread aside_;
  caf::actor root_;
};

runtime::runtime(runtime_parts parts) : state_(std::make_unique<state>(std::move(parts))) {}

runtime::~runtime() = default;

transport::application& runtime::public_application() { return state_->public_application(); }

transport::application& runtime::admin_application() { return state_->admin_application(); }

void runtime::serves(transport::server* clients, transport::server* operators) { state_->serves(clients, operators); }

void runtime::set_ready(bool ready) { state_->set_ready(ready); }

void runtime::tell_stopping() { state_->tell_stopping(); }

std::string runtime::silent_part(std::chrono::steady_clock::time_point deadline) { return state_->silent_part(deadline); }

}  // namespace tidewire
