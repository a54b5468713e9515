#include "transport/request_rules.hpp"

#include <algorithm>

#include "transport/http_text.hpp"

namespace tidewire::transport {
namespace {

using refusal = std::optional<http_response>;

std::ptrdiff_t count(const http_request& request, std::string_view name) {
  return std::count_if(request.headers.begin(), request.headers.end(), [&](const header& field) { return field.name == name; });
}

bool is_authority(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~!$&'()*+,;=:[]%").find(c) != std::string_view::npos;
  });
}

refusal check_host(const http_request& request, bool http_1_1) {
  const auto hosts = count(request, "host");
  if (hosts > 1) return make_problem(errc::bad_request, "more than one Host header");
  if (hosts == 0 && http_1_1) return make_problem(errc::bad_request, "HTTP/1.1 needs a Host header");
  if (!is_authority(request.find("host"))) return make_problem(errc::bad_request, "the Host header is not host[:port]");
  return std::nullopt;
}

refusal check_body_length(const http_request& request, bool http_1_1) {
  const auto lengths = count(request, "content-length");
  const auto encodings = count(request, "transfer-encoding");
  if (lengths > 0 && encodings > 0) return make_problem(errc::bad_request, "both Content-Length and Transfer-Encoding");
  if (lengths > 1) return make_problem(errc::bad_request, "more than one Content-Length header");
  if (lengths == 1) {
    const auto digits = request.find("content-length");
    if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) {
      return make_problem(errc::bad_request, "Content-Length is not a number");
    }
  }
  if (encodings == 0) return std::nullopt;
  if (!http_1_1) return make_problem(errc::bad_request, "HTTP/1.0 has no Transfer-Encoding");
  if (encodings > 1 || !equals_ignoring_case(request.find("transfer-encoding"), "chunked")) {
    return make_problem(501, "the only Transfer-Encoding understood is chunked");
  }
  return std::nullopt;
}

refusal check_expectation(const http_request& request, bool http_1_1) {
  if (!http_1_1 || count(request, "expect") == 0 || equals_ignoring_case(request.find("expect"), "100-continue")) return std::nullopt;
  return make_problem(417, "the only expectation understood is 100-continue");
}

void set_host(http_request& request, std::string_view authority) {
  const auto host = std::find_if(request.headers.begin(), request.headers.end(), [](const header& field) { return field.name == "host"; });
  if (host != request.headers.end()) {
    host->value = authority;
  } else {
    request.headers.push_back({"host", std::string(authority)});
  }
}

refusal bring_to_origin_form(http_request& request) {
  auto& target = request.target;
  if (std::any_of(target.begin(), target.end(), [](char c) { return c <= 0x20 || c >= 0x7F || c == '#'; })) {
    return make_problem(errc::bad_request, "the request target holds a character that must be percent-encoded");
  }
  if (request.method == "CONNECT") return make_problem(501, "this is no proxy");
  if (target.starts_with('/')) return std::nullopt;
  if (target == "*" && request.method == "OPTIONS") return std::nullopt;
  const auto scheme_end = target.find("://");
  if (scheme_end != std::string::npos) {
    const std::string_view scheme(target.data(), scheme_end);
    const auto begin = scheme_end + 3;
    const auto end = std::min(target.find_first_of("/?", begin), target.size());
    const std::string authority = target.substr(begin, end - begin);
    if ((equals_ignoring_case(scheme, "http") || equals_ignoring_case(scheme, "https")) && !authority.empty() && is_authority(authority)) {
      set_host(request, authority);
      target.erase(0, end);
      if (!target.starts_with('/')) target.insert(0, "/");
      return std::nullopt;
    }
  }
  return make_problem(errc::bad_request, "the request target is neither a path nor an http URL");
}

}  // namespace

refusal check_head_lines(std::string_view head) {
  for (auto at = head.find('\r'); at != std::string_view::npos; at = head.find('\r', at + 1)) {
    if (head.substr(at + 1, 1) != "\n") return make_problem(errc::bad_request, "a line of the head does not end in CRLF");
  }
  for (auto at = head.find('\n'); at != std::string_view::npos; at = head.find('\n', at + 1)) {
    if (at == 0 || head[at - 1] != '\r') return make_problem(errc::bad_request, "a line of the head does not end in CRLF");
    if (at + 1 < head.size() && (head[at + 1] == ' ' || head[at + 1] == '\t'))
      return make_problem(errc::bad_request, "a header is folded over lines");
  }
  return std::nullopt;
}

refusal check_request(http_request& request, bool http_1_1) {
  if (auto refused = check_host(request, http_1_1)) return refused;
  if (auto refused = check_body_length(request, http_1_1)) return refused;
  if (auto refused = check_expectation(request, http_1_1)) return refused;
  return bring_to_origin_form(request);
}

}  // namespace tidewire::transport
