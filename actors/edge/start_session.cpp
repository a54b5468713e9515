#include "actors/edge/start_session.hpp"

#include <string>
#include <utility>

#include "actors/session/room_stream.hpp"
#include "actors/session/session.hpp"
#include "actors/supervision/supervisor_messages.hpp"
#include "schemas/protocol/subprotocol.hpp"
#include "transport/handshake.hpp"

namespace tidewire {

namespace {

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

// `spawn` makes the actor of a link.
template <class Spawn>
void start(engine& own, const std::shared_ptr<session_link>& link, Spawn spawn) {
  child_spec spec;
  spec.id = "session-" + std::to_string(link->out()->id());
  spec.kind = restart_kind::temporary;
  spec.start = [spawn = std::move(spawn), birth = std::make_shared<session_birth>(link)](const start_context& at) {
    return caf::actor_cast<caf::actor>(spawn(at.system, birth->take()));
  };
  auto sessions = own.roles.ref<supervisor_actor>(role::sessions);
  mail(sessions, start_child{std::move(spec), nullptr});
}

}  // namespace

protocol::dialect dialect_of(const transport::http_request& upgrade) {
  const bool binary = transport::choose_subprotocol(upgrade) == protocol::msgpack_subprotocol;
  return binary ? protocol::dialect::msgpack : protocol::dialect::json;
}

void start_session(engine& own, const std::shared_ptr<session_link>& link) {
  start(own, link,
        [&own](caf::actor_system& system, std::shared_ptr<session_link> taken) { return system.spawn<session>(own, std::move(taken)); });
}

void start_room_stream(engine& own, const std::shared_ptr<session_link>& link, room_stream_wish wish) {
  start(own, link, [&own, wish = std::move(wish)](caf::actor_system& system, std::shared_ptr<session_link> taken) {
    return system.spawn<room_stream>(own, std::move(taken), wish);
  });
}

}  // namespace tidewire
