#include "actors/edge/stream_endpoints.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "actors/edge/front_door.hpp"
#include "actors/edge/start_session.hpp"
#include "actors/edge/unbuffered.hpp"
#include "actors/gateway/responses.hpp"
#include "schemas/api/uri.hpp"
#include "schemas/json.hpp"
#include "schemas/limit_hits.hpp"
#include "schemas/protocol/dialect.hpp"
#include "schemas/protocol/emulation.hpp"
#include "transport/origin.hpp"

namespace tidewire {

namespace {

constexpr std::string_view connect_parameter = "cf_connect";

// The parameter of the query, or nothing. A form's "+" is a space.
result<std::string> connect_parameter_of(std::string_view target) {
  std::string with_spaces(target.substr(0, target.find('?')));
  for (const char c : target.substr(with_spaces.size())) c == '+' ? with_spaces.append("%20") : with_spaces.append(1, c);
  const auto parsed = api::split_target(with_spaces);
  if (!parsed) return tl::unexpected(parsed.error());
  const auto* given = parsed->find(connect_parameter);
  return given == nullptr ? std::string() : *given;
}

// The message that the request brings. Who only listens brings the request of a connect command alone, or nothing.
result<std::string> first_message(const transport::http_request& request, protocol::dialect dialect, const limits& limit) {
  auto given = request.method == "GET" ? connect_parameter_of(request.target) : result<std::string>(request.body);
  if (!given) return given;
  if (exceeds<"message_bytes_max">(given->size() > limit.message_bytes_max))
    return fail(errc::payload_too_large, "longer than message_bytes_max, " + std::to_string(limit.message_bytes_max) + " bytes");
  if (dialect != protocol::dialect::json_pushes) {
    if (given->empty()) return fail(errc::bad_request, "neither the body nor cf_connect in the query has commands");
    return given;
  }
  auto asked = canonical_json(given->empty() ? "{}" : *given, limit);
  if (!asked || kind_of(*asked) != json_kind::object) return fail(errc::bad_request, "the request to connect must be a JSON object");
  return R"({"id":1,"connect":)" + *asked + "}";
}

// Also forgets the session's name when its connection is over.
class stream_listener final : public session_listener {
 public:
  stream_listener(std::shared_ptr<session_link> link, std::shared_ptr<emulation_table> table)
      : session_listener(std::move(link)), table_(std::move(table)) {}

  void on_close() override {
    table_->remove(link().commands()->session);
    session_listener::on_close();
  }

 private:
  std::shared_ptr<emulation_table> table_;
};

}  // namespace

struct stream_endpoints::call {
  const transport::http_request& request;
  const transport::http_responder_ptr& responder;
  std::vector<transport::header> headers;  // for the page that asked

  void refuse(const failure& why, std::vector<transport::header> more = {}) const {
    auto response = problem_response(why);
    response.headers.insert(response.headers.end(), headers.begin(), headers.end());
    response.headers.insert(response.headers.end(), more.begin(), more.end());
    responder->answer(std::move(response));
  }
};

struct stream_endpoints::endpoint {
  std::string_view path;
  std::string_view methods;
  void (*serve)(stream_endpoints& self, const call& from);
};

bool stream_endpoints::serve(transport::http_request& request, const transport::http_responder_ptr& responder) {
  static constexpr std::array endpoints{
      endpoint{"/connection/http_stream", "POST, OPTIONS",
               [](auto& self, auto& from) { self.connect(from, framing::lines, protocol::dialect::json); }},
      endpoint{"/connection/sse", "GET, POST, OPTIONS",
               [](auto& self, auto& from) { self.connect(from, framing::events, protocol::dialect::json); }},
      endpoint{"/connection/uni_sse", "GET, POST, OPTIONS",
               [](auto& self, auto& from) { self.connect(from, framing::events, protocol::dialect::json_pushes); }},
      endpoint{"/emulation", "POST, OPTIONS", [](auto& self, auto& from) { self.emulate(from); }},
  };
  const auto path = std::string_view(request.target).substr(0, request.target.find('?'));
  const auto found = std::ranges::find(endpoints, path, &endpoint::path);
  if (found == endpoints.end()) return false;

  auto headers = transport::cross_origin_headers(request, own_.options.allowed_origins);
  call from{request, responder, headers.value_or(std::vector<transport::header>{})};
  if (!headers) {
    ++own_.at_doors.refused_origins;
    from.refuse(
        {errc::permission_denied, "pages of this origin may not connect; the server's option allowed_origins names those that may"});
  } else if (request.method == "OPTIONS") {
    from.headers.insert(from.headers.end(), {{"allow", std::string(found->methods)},
                                             {"access-control-allow-methods", std::string(found->methods)},
                                             {"access-control-allow-headers", "content-type, x-api-key, x-request-id"},
                                             {"access-control-max-age", "300"}});
    responder->answer({204, {}, std::move(from.headers), {}});
  } else if (request.head || found->methods.find(request.method) == std::string_view::npos) {
    from.refuse({errc::method_not_allowed, "this path takes " + std::string(found->methods)}, {{"allow", std::string(found->methods)}});
  } else if (!own_.ready.load(std::memory_order_relaxed)) {
    from.refuse({errc::unavailable, "the server is starting or draining"});
  } else {
    found->serve(*this, from);
  }
  return true;
}

void stream_endpoints::connect(const call& from, framing form, protocol::dialect dialect) {
  const auto& request = from.request;
  if (request.find("content-type") == "application/octet-stream")
    return from.refuse({errc::unsupported_media, "protobuf is not spoken here; send JSON"});
  const auto message = first_message(request, dialect, own_.options.limit);
  if (!message) return from.refuse(message.error());

  api_key_ptr key;
  if (transport::http_response refusal; !find_key_of(own_, request, key, refusal)) {
    refusal.headers.insert(refusal.headers.end(), from.headers.begin(), from.headers.end());
    return from.responder->answer(std::move(refusal));
  }

  const bool events = form == framing::events;
  transport::stream_terms terms{events ? "text/event-stream; charset=utf-8" : "application/x-ndjson; charset=utf-8", from.headers, form,
                                [dialect](close_code code) {
                                  std::string last;
                                  protocol::encode_disconnect(dialect, static_cast<std::uint32_t>(code), close_reason(code), last);
                                  return last;
                                }};
  terms.headers.insert(terms.headers.end(), unbuffered.begin(), unbuffered.end());
  from.responder->stream(std::move(terms), [&](transport::outbox_ptr out) {
    if (events) out->push(make_stream_frame(framing::text, "\r\n"));  // some clients say that they are open only when a byte has come
    auto link = std::make_shared<session_link>(
        std::move(out), std::make_shared<const emulation_address>(emulation_address{emulation_table::make_name(), table_->node()}),
        dialect);
    link->came_with(std::move(key));
    if (dialect == protocol::dialect::json) table_->add(link->commands()->session, link);
    start_session(own_, link);
    link->deliver_within({*message, true}, 1);
    return std::make_unique<stream_listener>(std::move(link), table_);
  });
}

void stream_endpoints::emulate(const call& from) {
  const auto& limit = own_.options.limit;
  const auto asked = protocol::parse_emulation(from.request.body, limit);
  if (!asked) return from.refuse(asked.error());
  if (asked->node != table_->node()) return from.refuse({errc::unknown_room, "no such node; connect again"});
  // A session that is gone has ended its stream, which tells the client more than this answer could.
  const auto link = table_->find(asked->session);
  if (link && exceeds<"commands_in_flight_max">(!link->deliver_within({asked->data, true}, limit.commands_in_flight_max)))
    return from.refuse({errc::too_many_requests, "too many commands of this session are under way"});
  from.responder->answer({204, {}, from.headers, {}});
}

}  // namespace tidewire
