#include "tools/ctl/listeners.hpp"

#include "schemas/api/uri.hpp"
#include "tools/ctl/json_row.hpp"

namespace tidewire::ctl {

namespace {

constexpr std::string_view no_such_path = "no such path";  // as the operators' listener refuses what it does not have

void authorise(transport::client_request& request, const std::string& token) {
  if (!token.empty()) request.headers.push_back({"authorization", "Bearer " + token});
}

}  // namespace

admin_listener::admin_listener(const session& with, std::chrono::milliseconds answer_timeout)
    : client_(with.admin, answer_timeout), token_(with.admin_token) {}

result<std::string> admin_listener::ask(transport::client_request request) {
  authorise(request, token_);
  auto answer = ctl::ask(client_, request);
  if (!answer && answer.error().code == errc::unauthorized) answer.error().detail += ": give the operators' token in --admin-token";
  if (!answer && answer.error().detail.starts_with(no_such_path))
    answer.error().detail += ": this server is older than tidectl and does not offer that";
  return answer;
}

room_listener::room_listener(const session& with, std::chrono::milliseconds answer_timeout)
    : with_(with), answer_timeout_(answer_timeout), public_(with.public_only), client_(with.admin, answer_timeout) {}

result<std::string> room_listener::ask(transport::client_request request) {
  if (!public_) {
    auto answer = ctl::ask(client_, authorised(request));
    if (answer) return answer;
    if (!gives_way(answer.error())) return tl::unexpected(explain(std::move(answer.error())));
  }
  if (!public_client_) public_client_ = std::make_unique<transport::http_client>(with_.server, answer_timeout_);
  auto answer = ctl::ask(*public_client_, authorised(std::move(request)));
  if (!answer) return tl::unexpected(explain(std::move(answer.error())));
  return answer;
}

transport::client_request room_listener::authorised(transport::client_request request) const {
  authorise(request, public_ ? with_.token : with_.admin_token);
  return request;
}

bool room_listener::gives_way(const failure& why) {
  if (public_ || why.code != errc::unknown_room || !why.detail.starts_with(no_such_path)) return false;
  public_ = true;
  return true;
}

failure room_listener::explain(failure why) const {
  if (why.code == errc::unauthorized || why.code == errc::token_expired)
    why.detail += public_ ? ": give a good token in --token or TIDEWIRE_TOKEN" : ": give the operators' token in --admin-token";
  return why;
}

std::string room_path(std::string_view room, std::string_view below) {
  return "/api/v1/rooms/" + api::percent_encode(room) + std::string(below);
}

query& query::add(std::string_view name, std::string_view value) {
  if (value.empty()) return *this;
  target_ += first_ ? '?' : '&';
  first_ = false;
  ((target_ += name) += '=') += api::percent_encode(value);
  return *this;
}

result<void> walk(const asker& ask, const listing& what) {
  std::string cursor;
  for (;;) {
    auto from = what.from;
    from.add("limit", std::to_string(what.page_rows)).add("cursor", cursor);
    const auto page = ask({"GET", from.target()});
    if (!page) return tl::unexpected(page.error());
    const json_row body(*page);
    if (!body.has("data")) return fail(errc::internal, "the server's answer is not understood: is this a Tidewire server?");
    if (what.on_page) what.on_page(*page);
    for (const auto row : body.list("data"))
      if (!what.each(row)) return {};
    cursor = body.text("next_cursor");
    if (cursor.empty()) return {};
  }
}

}  // namespace tidewire::ctl
