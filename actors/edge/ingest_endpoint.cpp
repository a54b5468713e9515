#include "actors/edge/ingest_endpoint.hpp"

#include <chrono>
#include <utility>

#include "actors/edge/front_door.hpp"
#include "actors/gateway/access.hpp"
#include "actors/gateway/extra_headers.hpp"
#include "actors/gateway/responses.hpp"
#include "actors/ingest/ingest.hpp"
#include "schemas/api/media_type.hpp"
#include "schemas/api/uri.hpp"
#include "schemas/limit_hits.hpp"
#include "schemas/names.hpp"

namespace tidewire {

namespace {

constexpr std::string_view media = "application/x-ndjson";
constexpr std::string_view any_room = "/api/v1/ingest";
constexpr std::string_view rooms_prefix = "/api/v1/rooms/";
constexpr std::string_view events_suffix = "/events";
constexpr std::size_t room_segment = 3;

std::int64_t now_s() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

result<ingest_wish> read_wish(engine& own, const transport::http_request& head) {
  const auto target = api::split_target(head.target);
  if (!target) return tl::unexpected(target.error());
  auto asked = identify(own.options, head, {}, now_s());
  if (!asked) return tl::unexpected(std::move(asked.error()));
  if (!target->parameters.empty()) return fail(errc::bad_request, "unknown query parameter \"" + target->parameters.front().first + "\"");
  if (!head.find("idempotency-key").empty())
    return fail(errc::bad_request, "Idempotency-Key is for what is applied at once: give each line an \"idempotency_key\"");
  ingest_wish wish;
  if (target->segments.size() > room_segment) {
    wish.room = target->segments[room_segment];
    if (const auto named = check_publishable_room(wish.room, own.options.limit.room_name_bytes_max); !named)
      return tl::unexpected(named.error());
    if (const auto checked = check_may(own.options, asked->may, room_action::publish, wish.room); !checked)
      return tl::unexpected(checked.error());
  }
  wish.may = std::move(asked->may);
  wish.expires_at_s = asked->expires_at_s.value_or(0);
  return wish;
}

}  // namespace

bool is_ingest(const transport::http_request& head) {
  if (head.method != "POST" || api::media_type(head.find("content-type")) != media) return false;
  const auto path = std::string_view(head.target).substr(0, head.target.find('?'));
  return path == any_room || (path.starts_with(rooms_prefix) && path.ends_with(events_suffix) &&
                              path.find('/', rooms_prefix.size()) == path.size() - events_suffix.size());
}

std::unique_ptr<transport::body_listener> serve_ingest(engine& own, const transport::http_request& head,
                                                       transport::http_responder_ptr responder, transport::body_source_ptr source) {
  const auto refuse_with = [&](const failure& why) {
    refuse(responder, why);
    return nullptr;
  };
  if (!own.ready.load(std::memory_order_relaxed)) return refuse_with({errc::unavailable, "the server is starting or draining"});
  auto wish = read_wish(own, head);
  if (!wish) {
    count_refusal(own.at_doors, wish.error().code);
    return refuse_with(wish.error());
  }
  if (const auto& allowed = own.options.caller_rate; allowed.limits() && !wish->may.user.empty()) {
    const auto turn = own.at_doors.callers.take(wish->may.user, allowed, steady_ms());
    if (!turn.granted) {
      ++own.at_doors.too_fast_callers;
      responder->answer(too_many_requests("caller", allowed, turn));
      return nullptr;
    }
    responder = with_headers(std::move(responder), rate_headers("caller", allowed, turn));
  }
  if (exceeds<"ingests_max">(own.at_doors.ingests.load() >= own.options.limit.ingests_max))
    return refuse_with({errc::too_many_requests, "there are ingests_max streams of changes already"});
  auto link = std::make_shared<ingest_link>(std::move(responder), std::move(source), own.at_doors.ingests);
  start_ingest(own, link, std::move(*wish));
  return std::make_unique<ingest_listener>(std::move(link));
}

}  // namespace tidewire
