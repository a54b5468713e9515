#include "tests/actors/gateway/stage.hpp"

#include <utility>

#include "schemas/json.hpp"
#include "tests/support/catch.hpp"

namespace tidewire::test {

namespace {

class checking_responder final : public transport::http_responder {
 public:
  explicit checking_responder(exchange_ptr to) : to_(std::move(to)) {}
  checking_responder(const checking_responder&) = delete;
  checking_responder& operator=(const checking_responder&) = delete;
  ~checking_responder() override { CHECK(to_->answers.size() == 1); }
  void answer(transport::http_response response) override { to_->answers.push_back(std::move(response)); }
  void stream(transport::stream_terms, const transport::listener_maker&) override { FAIL("the gateway streams nothing"); }

 private:
  exchange_ptr to_;
};

// The files of a small page.
std::optional<static_file> find_file(std::string_view path) {
  if (path == "/index.html") return static_file{"text/html", "<html>", "\"i1\"", false};
  if (path == "/assets/app 1.js") return static_file{"text/javascript", "app()", "\"a1\"", true};
  if (path == "/console.html" || path == "/console/app.js") return static_file{"text/html", "for operators", "\"c1\"", false};
  return std::nullopt;
}

std::string describe_operation(const operation& what) {
  static constexpr const char* kinds[] = {"merge", "set", "remove", "increment", "patch"};
  std::string line = std::string(" ") + kinds[static_cast<std::size_t>(what.kind)];
  if (what.key) line += " " + *what.key;
  if (!what.data.empty()) line += " " + what.data;
  return line;
}

std::string moment_text(const std::optional<past_question>& at) {
  if (!at) return {};
  if (at->moment.offset) return " at=" + std::to_string(*at->moment.offset);
  return " at=" + std::to_string(at->moment.time_ms) + "ms";
}

}  // namespace

const transport::http_response& exchange::response() const {
  REQUIRE(answers.size() == 1);
  return answers.front();
}

std::string exchange::field(std::string_view name) const {
  for (const auto& each : response().headers)
    if (each.name == name) return each.value;
  return {};
}

std::string exchange::member(std::string_view name) const {
  const auto members = json_members(response().body);
  REQUIRE(members);
  for (const auto& each : *members)
    if (each.name == name) return std::string(each.raw);
  return {};
}

gateway_stage::gateway_stage(server_options given) : options(std::move(given)), state(options, find_file, *this) {}

gateway_stage::~gateway_stage() {
  advance(std::int64_t{options.limit.request_timeout_s} * 1000);
  CHECK(state.under_way() == 0);
}

server_options gateway_stage::anonymous() {
  server_options options;
  options.dev = true;
  return options;
}

server_options gateway_stage::guarded() {
  server_options options;
  options.token_hmac_secret = "secret";
  return options;
}

exchange_ptr gateway_stage::ask(std::string method, std::string target, std::vector<transport::header> headers, std::string body) {
  auto made = std::make_shared<exchange>();
  // As transport hands it over: HEAD is a GET whose body is cut later.
  const bool head = method == "HEAD";
  state.on_request({head ? "GET" : std::move(method), std::move(target), std::move(headers), std::move(body), "127.0.0.1", head},
                   std::make_shared<checking_responder>(made));
  return made;
}

exchange_ptr gateway_stage::get(std::string target, std::vector<transport::header> headers) {
  return ask("GET", std::move(target), std::move(headers));
}

exchange_ptr gateway_stage::post(std::string target, std::string body, std::string content_type) {
  return ask("POST", std::move(target), {{"content-type", std::move(content_type)}}, std::move(body));
}

void gateway_stage::advance(std::int64_t ms) {
  steady_ms_ += ms;
  state.tick();
}

lines gateway_stage::take() { return std::exchange(log_, {}); }

void gateway_stage::note(ticket which, std::string line) {
  newest_ = which;
  log_.push_back(std::move(line));
}

void gateway_stage::publish(ticket which, const std::string& room, publish_request request) {
  std::string line = "publish " + room;
  for (const auto& each : request.operations) line += describe_operation(each);
  note(which, std::move(line));
  published_ = std::move(request);
}

void gateway_stage::load_room(ticket which, const std::string& room) { note(which, "room " + room); }

void gateway_stage::view_entity(ticket which, const std::string& room, const std::string& key, std::optional<past_question> at) {
  note(which, "entity " + room + " " + key + moment_text(at));
}

void gateway_stage::read_state(ticket which, const std::string& room, const std::string& after, storage::page_limit limit,
                               std::optional<past_question> at) {
  note(which, "state " + room + " after=" + after + " rows=" + std::to_string(limit.rows) + moment_text(at));
}

void gateway_stage::find_entities(ticket which, tidewire::find_entities what) {
  std::string line = "find " + what.room;
  for (const auto& each : what.filters) line += " " + each.field + "=" + each.value;
  note(which, line + " after=" + what.after_room + "/" + what.after_key + " rows=" + std::to_string(what.limit.rows));
}

void gateway_stage::read_stream(ticket which, const std::string& room, std::uint64_t after, storage::page_limit limit, bool reverse) {
  note(which, "stream " + room + " after=" + std::to_string(after) + " rows=" + std::to_string(limit.rows) + (reverse ? " reverse" : ""));
}

void gateway_stage::list_rooms(ticket which, const std::string& prefix, const std::string& after, std::size_t limit) {
  note(which, "rooms prefix=" + prefix + " after=" + after + " limit=" + std::to_string(limit));
}

void gateway_stage::ask_presence(ticket which, const std::string& room) { note(which, "presence " + room); }

void gateway_stage::ask_presence_stats(ticket which, const std::string& room) { note(which, "stats " + room); }

void gateway_stage::tell_message(ticket which, const std::string& room, std::string data) { note(which, "message " + room + " " + data); }

void gateway_stage::serve_api(const transport::http_request& request, rights who, transport::http_responder_ptr responder) {
  log_.push_back("api " + request.target + " " + who.user);
  responder->answer({204, {}, {}, {}});
}

}  // namespace tidewire::test
