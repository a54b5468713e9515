#include "actors/gateway/extra_headers.hpp"

#include <string>
#include <utility>

#include "actors/gateway/responses.hpp"

namespace tidewire {

namespace {

class responder_with_headers final : public transport::http_responder {
 public:
  responder_with_headers(transport::http_responder_ptr inner, std::vector<transport::header> headers)
      : inner_(std::move(inner)), headers_(std::move(headers)) {}

  void answer(transport::http_response response) override {
    response.headers.insert(response.headers.end(), headers_.begin(), headers_.end());
    inner_->answer(std::move(response));
  }
  void stream(transport::stream_terms terms, const transport::listener_maker& listen) override {
    terms.headers.insert(terms.headers.end(), headers_.begin(), headers_.end());
    inner_->stream(std::move(terms), listen);
  }

 private:
  const transport::http_responder_ptr inner_;
  const std::vector<transport::header> headers_;
};

std::string seconds(std::int64_t ms) { return std::to_string((ms + 999) / 1'000); }

}  // namespace

transport::http_responder_ptr with_headers(transport::http_responder_ptr responder, std::vector<transport::header> headers) {
  if (headers.empty()) return responder;
  return std::make_shared<responder_with_headers>(std::move(responder), std::move(headers));
}

std::vector<transport::header> preflight_headers(const transport::http_request& request, std::string_view methods) {
  std::vector<transport::header> headers{{"allow", std::string(methods)}};
  if (request.find("origin").empty()) return headers;
  headers.push_back({"access-control-allow-methods", std::string(methods)});
  headers.push_back(
      {"access-control-allow-headers",
       "authorization, content-type, idempotency-key, if-match, if-none-match, traceparent, x-api-key, x-centrifugo-error-mode, "
       "x-request-id, ce-id, ce-source, ce-specversion, ce-type, ce-subject, ce-time, ce-dataschema, ce-room, ce-op, ce-ttl, ce-ifversion, "
       "ce-traceparent"});
  headers.push_back({"access-control-max-age", "300"});
  return headers;
}

std::vector<transport::header> rate_headers(std::string_view policy, const rate& allowed, const rate_verdict& verdict) {
  const auto name = '"' + std::string(policy) + '"';
  const auto until = verdict.granted ? verdict.full_in_ms : verdict.come_again_in_ms;
  return {{"ratelimit-policy", name + ";q=" + std::to_string(allowed.requests) + ";w=" + seconds(allowed.window_ms)},
          {"ratelimit", name + ";r=" + std::to_string(verdict.remaining) + ";t=" + seconds(until)}};
}

transport::http_response too_many_requests(std::string_view policy, const rate& allowed, const rate_verdict& verdict) {
  auto refusal = problem_response({errc::too_many_requests, "the rate limit \"" + std::string(policy) + "\" is reached"});
  std::erase_if(refusal.headers, [](const transport::header& each) { return each.name == "retry-after"; });
  refusal.headers.push_back({"retry-after", seconds(verdict.come_again_in_ms)});
  for (auto& each : rate_headers(policy, allowed, verdict)) refusal.headers.push_back(std::move(each));
  return refusal;
}

}  // namespace tidewire
