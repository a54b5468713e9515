#include "actors/edge/edge.hpp"

#include <string>
#include <utility>

#include "actors/edge/access_log.hpp"
#include "actors/edge/front_door.hpp"
#include "actors/edge/ingest_endpoint.hpp"
#include "actors/edge/room_stream_endpoint.hpp"
#include "actors/edge/start_session.hpp"
#include "actors/gateway/extra_headers.hpp"
#include "actors/gateway/responses.hpp"
#include "actors/session/session_link.hpp"
#include "schemas/statistics/cycle_clock.hpp"

namespace tidewire {

namespace {

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

// Counts itself.
class websocket_listener final : public session_listener {
 public:
  websocket_listener(engine& own, std::shared_ptr<session_link> link, std::unique_ptr<const request_note> note)
      : session_listener(std::move(link)), own_(own), note_(std::move(note)) {
    own_.accepted.fetch_add(1, std::memory_order_relaxed);
    own_.websockets.fetch_add(1, std::memory_order_relaxed);
  }
  ~websocket_listener() override {
    own_.websockets.fetch_sub(1, std::memory_order_relaxed);
    if (note_) note_->ended({"GET", websocket_path, 101, cycle_clock::ns(begun_, cycle_clock::now())});
  }

 private:
  engine& own_;
  const std::unique_ptr<const request_note> note_;  // null: requests were not in the log when it came
  const std::uint64_t begun_ = cycle_clock::now();
};

}  // namespace

edge::edge(engine& own) : own_(own), streams_(own) {}

bool edge::let_in_address(const transport::http_request& request, transport::http_responder_ptr& responder) {
  transport::http_response refusal;
  auto more = take_turn_of_address(own_, request, refusal);
  if (!more) return responder->answer(std::move(refusal)), false;
  responder = with_headers(std::move(responder), std::move(*more));
  return true;
}

bool edge::let_in_page(const transport::http_request& request, transport::http_responder_ptr& responder) {
  auto for_page = admit_page(own_, request);
  if (!for_page) {
    refuse(responder,
           {errc::permission_denied, "pages of this origin may not ask; the server's option allowed_origins names those that may"});
    return false;
  }
  responder = with_headers(std::move(responder), std::move(*for_page));
  return true;
}

void edge::on_http(transport::http_request request, transport::http_responder_ptr responder) {
  responder = own_.http.measured(request, std::move(responder));
  if (!let_in_address(request, responder)) return;
  if (streams_.serve(request, responder) || serve_room_stream(own_, request, responder)) return;
  if (!let_in_page(request, responder)) return;
  auto gateway = own_.roles.ref<gateway_actor>(role::gateway);
  mail(gateway, std::make_shared<http_inbound>(http_inbound{std::move(request), std::move(responder)}));
}

bool edge::takes_body(const transport::http_request& head) const { return is_ingest(head); }

std::unique_ptr<transport::body_listener> edge::on_body(transport::http_request head, transport::http_responder_ptr responder,
                                                        transport::body_source_ptr source) {
  responder = own_.http.measured(head, std::move(responder));
  if (!let_in_address(head, responder) || !let_in_page(head, responder)) return nullptr;
  return serve_ingest(own_, head, std::move(responder), std::move(source));
}

std::unique_ptr<transport::outbox_listener> edge::on_websocket(const transport::http_request& upgrade, transport::outbox_ptr out,
                                                               transport::http_response& refusal) {
  if (path_of(upgrade.target) != websocket_path) return nullptr;
  auto note = access_log::is_on() ? std::make_unique<const request_note>(upgrade) : nullptr;
  api_key_ptr key;
  const bool ready = own_.ready.load(std::memory_order_relaxed);
  if (!ready) refusal.status = 503;
  if (!ready || !take_turn_of_address(own_, upgrade, refusal) || !find_key_of(own_, upgrade, key, refusal)) {
    if (note) note->ended({"GET", websocket_path, refusal.status});
    return nullptr;
  }
  auto link = std::make_shared<session_link>(std::move(out), nullptr, dialect_of(upgrade));
  link->came_with(std::move(key));
  start_session(own_, link);
  return std::make_unique<websocket_listener>(own_, std::move(link), std::move(note));
}

}  // namespace tidewire
