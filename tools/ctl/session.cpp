#include "tools/ctl/session.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>

#include "schemas/json.hpp"
#include "schemas/protocol/json_object.hpp"
#include "tools/ctl/shown.hpp"

namespace tidewire::ctl {

namespace {

errc code_of(std::string_view slug, std::uint16_t status) {
  for (int i = 0; i <= static_cast<int>(errc::timeout); ++i)
    if (const auto code = static_cast<errc>(i); describe(code).slug == slug) return code;
  return status >= 500 ? errc::unavailable : errc::bad_request;
}

}  // namespace

bool is_temporary(errc code) {
  switch (code) {
    case errc::unavailable:
    case errc::timeout:
    case errc::too_many_requests:
    case errc::idempotency_in_flight:
    case errc::storage_refused: return true;
    default: return false;
  }
}

failure read_problem(std::string_view body, std::uint16_t status) {
  std::string type;
  std::string title;
  std::string detail;
  if (const auto members = json_members(body.empty() ? "{}" : body); members) {
    for (const auto& each : *members) {
      if (each.name == "type") type = json_string(each.raw).value_or("");
      if (each.name == "title") title = json_string(each.raw).value_or("");
      if (each.name == "detail") detail = json_string(each.raw).value_or("");
    }
  }
  const auto code = code_of(std::string_view(type).substr(type.rfind('/') + 1), status);
  if (detail.empty()) detail = title.empty() ? "the server answered with status " + std::to_string(status) : title;
  return {code, std::move(detail)};
}

exit_code session::fail_with(const failure& why, bool aside) const {
  if (json) {
    std::string out;
    {
      protocol::json_object body(out);
      protocol::json_object error(body.name("error"));
      error.string("type", describe(why.code).slug);
      error.string("detail", why.detail);
    }
    std::fprintf(aside ? stderr : stdout, "%s\n", shown_json(out).c_str());
  } else {
    std::fprintf(stderr, "tidectl: %s\n", shown(why.detail).c_str());
  }
  return is_temporary(why.code) ? exit_code::temporary : exit_code::failed;
}

void session::say(std::string_view text, std::string_view json_object, bool aside) const {
  auto* const out = aside ? stderr : stdout;
  std::string safe = json ? shown_json(json_object) : "";
  if (json) text = safe += '\n';
  std::fwrite(text.data(), 1, text.size(), out);
  std::fflush(out);
}

bool session::shows_progress() const { return !json && ::isatty(STDERR_FILENO) == 1; }

std::size_t session::columns() const {
  winsize size{};
  return ::isatty(STDOUT_FILENO) == 1 && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

result<std::string> ask(transport::http_client& server, const transport::client_request& request) {
  auto answer = server.ask(request);
  if (!answer) return tl::unexpected(std::move(answer.error()));
  if (answer->status >= 300)
    return tl::unexpected(read_problem(answer->content_type.starts_with("application/problem+json") ? answer->body : "", answer->status));
  return std::move(answer->body);
}

}  // namespace tidewire::ctl
