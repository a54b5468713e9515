#include "actors/gateway/responses.hpp"

#include <utility>

#include "schemas/api/problem.hpp"
#include "schemas/api/problem_page.hpp"

namespace tidewire {

transport::http_response json_response(std::string body, std::uint16_t status) {
  return {status, "application/json", {{"cache-control", "no-store"}}, std::move(body)};
}

transport::http_response text_response(std::string body, std::uint16_t status) {
  return {status, "text/plain; charset=utf-8", {{"cache-control", "no-store"}}, std::move(body)};
}

transport::http_response problem_response(const failure& why) {
  transport::http_response made{
      describe(why.code).http_status, std::string(api::problem_content_type), {{"cache-control", "no-store"}}, api::problem_body(why)};
  switch (why.code) {
    case errc::unauthorized:
    case errc::token_expired: made.headers.push_back({"www-authenticate", "Bearer"}); break;
    case errc::too_many_requests:
    case errc::storage_refused:
    case errc::unavailable:
    case errc::timeout: made.headers.push_back({"retry-after", "1"}); break;
    default: break;
  }
  return made;
}

transport::http_response problem_page_response(std::string_view slug) {
  auto page = api::problem_page(slug);
  if (!page) return problem_response({errc::unknown_room, "no such problem"});
  return {200, "text/plain; charset=utf-8", {{"cache-control", "no-cache"}}, std::move(*page)};
}

}  // namespace tidewire
