#include "actors/edge/room_stream_endpoint.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "actors/edge/start_session.hpp"
#include "actors/edge/unbuffered.hpp"
#include "actors/gateway/access.hpp"
#include "actors/gateway/extra_headers.hpp"
#include "actors/gateway/responses.hpp"
#include "schemas/api/uri.hpp"
#include "schemas/names.hpp"
#include "schemas/protocol/view.hpp"
#include "transport/origin.hpp"

namespace tidewire {

namespace {

constexpr std::string_view rooms_prefix = "/api/v1/rooms/";
constexpr std::string_view stream_suffix = "/stream";
constexpr std::string_view methods = "GET, OPTIONS";
constexpr std::size_t room_segment = 3;
constexpr std::array<std::string_view, 4> parameters{"type", "fields", "last_event_id", "access_token"};

bool is_for_us(std::string_view target) {
  const auto path = target.substr(0, target.find('?'));
  return path.starts_with(rooms_prefix) && path.ends_with(stream_suffix) && std::ranges::count(path.substr(rooms_prefix.size()), '/') == 1;
}

std::int64_t now_s() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// `type` and `fields`: entities as a map, or all publications.
result<protocol::view> read_view(const api::request_target& target, const limits& limit) {
  protocol::view wanted{protocol::subscription_type::map, {}, {}, false};
  if (const auto* type = target.find("type")) {
    if (*type != "map" && *type != "stream") return fail(errc::bad_request, "type is map or stream");
    if (*type == "stream") wanted.type = protocol::subscription_type::stream;
  }
  if (const auto* fields = target.find("fields")) {
    auto mask = field_mask::of_list(*fields, limit);
    if (!mask) return tl::unexpected(std::move(mask.error()));
    wanted.fields = std::move(*mask);
  }
  return wanted;
}

result<room_stream_wish> read_wish(const server_options& options, const transport::http_request& request) {
  const auto target = api::split_target(request.target);
  if (!target) return tl::unexpected(target.error());
  const auto* access_token = target->find("access_token");
  auto asked = identify(options, request, access_token ? std::string_view(*access_token) : std::string_view{}, now_s());
  if (!asked) return tl::unexpected(std::move(asked.error()));
  for (const auto& [name, value] : target->parameters)
    if (std::ranges::find(parameters, name) == parameters.end()) return fail(errc::bad_request, "unknown query parameter \"" + name + "\"");
  room_stream_wish wish;
  wish.room = target->segments[room_segment];
  if (const auto named = check_single_room(wish.room, options.limit.room_name_bytes_max); !named) return tl::unexpected(named.error());
  if (const auto checked = check_may(options, asked->may, room_action::subscribe, wish.room); !checked)
    return tl::unexpected(checked.error());
  auto wanted = read_view(*target, options.limit);
  if (!wanted) return tl::unexpected(std::move(wanted.error()));
  if (const auto readable = readable_fields(options, asked->may, room_action::subscribe, wish.room))
    if (const auto left = protocol::restrict_to(*readable, *wanted); !left) return tl::unexpected(left.error());
  wish.through = protocol::share(std::move(*wanted));
  wish.last_id = request.find("last-event-id");  // of a browser that comes back; the parameter is for the first time
  if (const auto* given = target->find("last_event_id"); given && wish.last_id.empty()) wish.last_id = *given;
  wish.user = std::move(asked->may.user);
  wish.expires_at_s = asked->expires_at_s.value_or(0);
  wish.key = std::move(asked->key);
  return wish;
}

}  // namespace

bool serve_room_stream(engine& own, const transport::http_request& request, const transport::http_responder_ptr& responder) {
  if (!is_for_us(request.target)) return false;
  auto headers = transport::cross_origin_headers(request, own.options.allowed_origins);
  if (!headers) {
    ++own.at_doors.refused_origins;
    refuse(responder,
           {errc::permission_denied, "pages of this origin may not read; the server's option allowed_origins names those that may"});
    return true;
  }
  const auto refuse_with = [&](const failure& why) {
    auto response = problem_response(why);
    response.headers.insert(response.headers.end(), headers->begin(), headers->end());
    if (why.code == errc::method_not_allowed) response.headers.push_back({"allow", std::string(methods)});
    responder->answer(std::move(response));
    return true;
  };
  if (request.method == "OPTIONS") {
    headers->push_back({"allow", std::string(methods)});
    headers->push_back({"access-control-allow-methods", std::string(methods)});
    headers->push_back({"access-control-allow-headers", "authorization, last-event-id, x-api-key, x-request-id"});
    responder->answer({204, {}, std::move(*headers), {}});
    return true;
  }
  if (request.method != "GET" || request.head) return refuse_with({errc::method_not_allowed, "this path takes " + std::string(methods)});
  if (!own.ready.load(std::memory_order_relaxed)) return refuse_with({errc::unavailable, "the server is starting or draining"});
  auto wish = read_wish(own.options, request);
  if (!wish) {
    count_refusal(own.at_doors, wish.error().code);
    return refuse_with(wish.error());
  }
  if (const auto& allowed = own.options.caller_rate; allowed.limits() && !wish->user.empty()) {
    if (const auto turn = own.at_doors.callers.take(wish->user, allowed, steady_ms()); !turn.granted) {
      ++own.at_doors.too_fast_callers;
      auto refusal = too_many_requests("caller", allowed, turn);
      refusal.headers.insert(refusal.headers.end(), headers->begin(), headers->end());
      responder->answer(std::move(refusal));
      return true;
    }
  }

  transport::stream_terms terms{"text/event-stream; charset=utf-8", std::move(*headers), framing::text, nullptr};
  terms.headers.insert(terms.headers.end(), unbuffered.begin(), unbuffered.end());
  responder->stream(std::move(terms), [&](transport::outbox_ptr out) {
    auto link = std::make_shared<session_link>(std::move(out), nullptr, protocol::dialect::room_events);
    start_room_stream(own, link, std::move(*wish));
    return std::make_unique<session_listener>(std::move(link));
  });
  return true;
}

}  // namespace tidewire
