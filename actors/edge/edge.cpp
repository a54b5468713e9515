#include "actors/edge/edge.hpp"

#include <string>
#include <utility>

#include "actors/session/session.hpp"
#include "actors/supervision/supervisor_messages.hpp"

namespace tidewire {

namespace {

constexpr std::string_view websocket_path = "/connection/websocket";

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

// Travels with the wish to start a session. If the wish is lost, or the session dies before it has started, the connection ends.
class session_birth {
 public:
  explicit session_birth(std::shared_ptr<session_link> link) : link_(std::move(link)) {}
  session_birth(const session_birth&) = delete;
  session_birth& operator=(const session_birth&) = delete;
  ~session_birth() {
    if (link_) link_->ended();
  }
  std::shared_ptr<session_link> take() { return std::exchange(link_, nullptr); }

 private:
  std::shared_ptr<session_link> link_;
};

}  // namespace

edge::edge(engine& own) : own_(own) {}

void edge::on_http(transport::http_request request, transport::http_responder_ptr responder) {
  auto gateway = own_.roles.ref<gateway_actor>(role::gateway);
  mail(gateway, std::make_shared<http_inbound>(http_inbound{std::move(request), std::move(responder)}));
}

std::unique_ptr<transport::websocket_listener> edge::on_websocket(const transport::http_request& upgrade, transport::outbox_ptr out,
                                                                  transport::http_response& refusal) {
  if (path_of(upgrade.target) != websocket_path) return nullptr;
  if (!own_.ready.load(std::memory_order_relaxed)) {
    refusal.status = 503;
    return nullptr;
  }
  auto link = std::make_shared<session_link>(std::move(out));
  child_spec spec;
  spec.id = "session-" + std::to_string(link->out()->id());
  spec.kind = restart_kind::temporary;
  spec.start = [&own = own_, birth = std::make_shared<session_birth>(link)](const start_context& at) {
    return caf::actor_cast<caf::actor>(at.system.spawn<session>(own, birth->take()));
  };
  auto sessions = own_.roles.ref<supervisor_actor>(role::sessions);
  mail(sessions, start_child{std::move(spec), nullptr});
  return std::make_unique<session_listener>(std::move(link));
}

}  // namespace tidewire
