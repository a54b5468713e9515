// Who is let in, and where.
#include <algorithm>
#include <utility>

#include "actors/gateway/access.hpp"
#include "actors/gateway/extra_headers.hpp"
#include "actors/gateway/gateway_state.hpp"
#include "actors/gateway/responses.hpp"

namespace tidewire {

namespace {

// A listing leaves out rooms that may not be read; who may read none is refused.
bool may_read_some_room(const server_options& options, const rights& whose) {
  const auto open = [](const namespace_options& each) { return each.allow_subscribe_for_client; };
  return options.dev || std::ranges::any_of(whose.grants, [](const room_grant& each) { return each.allow.has(room_action::subscribe); }) ||
         (whose.client && std::ranges::any_of(options.namespaces, open));
}

}  // namespace

// Whether anybody may ask that, or who asks is known and does not ask too often. Otherwise he has been refused.
bool gateway_state::let_in(const transport::http_request& request, endpoint at, transport::http_responder_ptr& responder,
                           rights& who) const {
  if (open_to_all(at)) return true;
  auto asked = identify(options_, request, {}, port_.now_s());
  if (!asked) {
    port_.note_refusal(asked.error().code);
    return refuse(responder, asked.error()), false;
  }
  who = std::move(asked->may);
  if ((at == endpoint::rooms || at == endpoint::entities) && !may_read_some_room(options_, who)) {
    port_.note_refusal(errc::permission_denied);
    return refuse(responder, {errc::permission_denied, "these credentials may not read any room"}), false;
  }
  if (!options_.caller_rate.limits() || who.user.empty()) return true;
  const auto turn = port_.take_turn(who.user);
  if (!turn.granted) {
    port_.note_refusal(errc::too_many_requests);
    return responder->answer(too_many_requests("caller", options_.caller_rate, turn)), false;
  }
  responder = with_headers(std::move(responder), rate_headers("caller", options_.caller_rate, turn));
  return true;
}

bool gateway_state::check(const call& from, room_action what, const std::string& room) const {
  const auto checked = check_may(options_, from.may, what, room);
  if (checked) return true;
  port_.note_refusal(checked.error().code);
  return refuse(from.responder, checked.error()), false;
}

}  // namespace tidewire
