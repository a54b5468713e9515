#include "actors/edge/front_door.hpp"

#include <chrono>
#include <string_view>

#include "actors/gateway/access.hpp"
#include "actors/gateway/extra_headers.hpp"
#include "actors/gateway/responses.hpp"
#include "schemas/access/api_key.hpp"
#include "transport/origin.hpp"

namespace tidewire {

namespace {

// Whatever reads or changes rooms.
bool is_guarded(std::string_view target) {
  const auto path = target.substr(0, target.find('?'));
  if (path == "/api/v1/health") return false;
  return path.starts_with("/api/") || path.starts_with("/connection/") || path == "/emulation";
}

std::int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

std::optional<std::vector<transport::header>> take_turn_of_address(engine& own, const transport::http_request& request,
                                                                   transport::http_response& refusal) {
  const auto& allowed = own.options.address_rate;
  if (!allowed.limits() || !is_guarded(request.target)) return std::vector<transport::header>{};
  const auto turn = own.at_doors.addresses.take(request.peer, allowed, steady_ms());
  if (turn.granted) return rate_headers("address", allowed, turn);
  ++own.at_doors.too_fast_addresses;
  refusal = too_many_requests("address", allowed, turn);
  return std::nullopt;
}

std::optional<std::vector<transport::header>> admit_page(engine& own, const transport::http_request& request) {
  if (!is_guarded(request.target)) return std::vector<transport::header>{};
  auto headers = transport::cross_origin_headers(request, own.options.allowed_origins);
  if (!headers) {
    ++own.at_doors.refused_origins;
  } else if (!headers->empty()) {
    headers->push_back({"access-control-expose-headers", "etag, retry-after, ratelimit, ratelimit-policy, www-authenticate, x-request-id"});
  }
  return headers;
}

bool find_key_of(engine& own, const transport::http_request& request, api_key_ptr& key, transport::http_response& refusal) {
  key = nullptr;
  const auto given = api_key_of(request);
  if (given.empty()) return true;
  key = find_api_key(own.options, given);
  if (key) return true;
  ++own.at_doors.refused_credentials;
  refusal = problem_response({errc::unauthorized, "no such API key"});
  return false;
}

}  // namespace tidewire
