#include "transport/request_reader.hpp"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <cassert>
#include <cstdint>
#include <limits>
#include <utility>

#include "schemas/limit_hits.hpp"
#include "transport/http_text.hpp"
#include "transport/request_rules.hpp"

namespace tidewire::transport {
namespace {

namespace http = boost::beast::http;

http_response explain(boost::beast::error_code error) {
  if (exceeds<"http_body_bytes_max">(error == http::error::body_limit))
    return make_problem(errc::payload_too_large, "the body is over http_body_bytes_max");
  if (exceeds<"http_header_bytes_max">(error == http::error::header_limit))
    return make_problem(431, "the head is over http_header_bytes_max");
  if (error == http::error::bad_version) return make_problem(505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
  return make_problem(errc::bad_request, "not HTTP: " + error.message());
}

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

std::string_view view_of(boost::beast::string_view text) noexcept { return {text.data(), text.size()}; }

// What a peer says of its body's length is no reason to set aside more memory at once.
constexpr std::size_t body_reserve_max = 65'536;

}  // namespace

// Beast's grammar, read straight into a request of ours.
struct request_reader::parser final : http::basic_parser<true> {
  explicit parser(http_request& request) : into(request) { into.headers.reserve(8); }

  http_request& into;
  int version = 0;

 private:
  using text = boost::beast::string_view;
  using error_code = boost::beast::error_code;

  void on_request_impl(http::verb, text method, text target, int http_version, error_code&) override {
    into.method = view_of(method);
    into.target = view_of(target);
    version = http_version;
  }
  void on_field_impl(http::field, text name, text value, error_code&) override {
    auto& added = into.headers.emplace_back(header{std::string(view_of(name)), std::string(view_of(value))});
    std::transform(added.name.begin(), added.name.end(), added.name.begin(), lower);
  }
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
    into.body.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(length.value_or(0), body_reserve_max)));
  }
  std::size_t on_body_impl(text bytes, error_code&) override {
    into.body.append(view_of(bytes));
    return bytes.size();
  }
  void on_header_impl(error_code&) override {}
  void on_finish_impl(error_code&) override {}
  // Not of requests whose body comes by its length.
  void on_response_impl(int, text, int, error_code&) override {}
  void on_chunk_header_impl(std::uint64_t, text, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, text bytes, error_code&) override { return bytes.size(); }
};

request_reader::request_reader(std::size_t header_bytes_max, std::size_t body_bytes_max,
                               std::function<bool(const http_request&)> takes_body)
    : header_bytes_max_(header_bytes_max), body_bytes_max_(body_bytes_max), takes_body_(std::move(takes_body)) {}

request_reader::~request_reader() = default;

void request_reader::reset() {
  head_.clear();
  chunks_.reset();
  parser_.reset();
  request_ = {};
  streamed_ = false;
}

request_reader::progress request_reader::feed(std::string_view& input) { return parser_ ? feed_body(input) : feed_head(input); }

request_reader::progress request_reader::feed_head(std::string_view& input) {
  if (head_.empty()) {
    input.remove_prefix(std::min(input.find_first_not_of("\r\n"), input.size()));  // empty lines before a request: RFC 9112 §2.2
    if (input.empty()) return progress::more;
    if (!is_token_char(input.front())) return refuse(make_problem(errc::bad_request, "not HTTP: a method is expected"));
    const auto end = input.find("\r\n\r\n");
    if (end != std::string_view::npos && end + 4 <= header_bytes_max_) {
      const auto head = input.substr(0, end + 4);
      input.remove_prefix(end + 4);
      return take_head(head, input);
    }
  }
  const auto before = head_.size();
  const auto looked_at = std::min(input.size(), header_bytes_max_ + 1 - before);
  head_.append(input.substr(0, looked_at));

  const auto end = head_.find("\r\n\r\n", before < 3 ? 0 : before - 3);
  if (end != std::string::npos && end + 4 <= header_bytes_max_) {
    input.remove_prefix(end + 4 - before);
    head_.resize(end + 4);
    return take_head(std::exchange(head_, {}), input);
  }
  for (auto at = head_.find('\n', before); at != std::string::npos; at = head_.find('\n', at + 1)) {
    if (at == 0 || head_[at - 1] != '\r') return refuse(make_problem(errc::bad_request, "a line of the head does not end in CRLF"));
  }
  if (head_.size() > header_bytes_max_) return refuse(explain(http::error::header_limit));
  input.remove_prefix(looked_at);
  return progress::more;
}

request_reader::progress request_reader::take_head(std::string_view head, std::string_view& rest) {
  const auto parsed = parse_head(head);
  return parsed == progress::more ? feed_body(rest) : parsed;
}

// `more`: the head is fine, now for the body.
request_reader::progress request_reader::parse_head(std::string_view head) {
  if (auto refused = check_head_lines(head)) return refuse(std::move(*refused));
  auto made = std::make_unique<parser>(request_);
  made->eager(true);
  made->header_limit(static_cast<std::uint32_t>(header_bytes_max_));
  // Only the head says which limit holds. Without one Beast 1.74 would take every length for too long.
  made->body_limit(std::numeric_limits<std::uint64_t>::max());
  boost::beast::error_code error;
  made->put(boost::asio::buffer(head), error);
  if (!made->is_header_done()) return refuse(explain(error));  // Beast may even ask for more, behind the empty line
  http_1_1_ = made->version == 11;
  keep_alive_ = made->keep_alive();
  if (auto refused = check_request(request_, http_1_1_)) return refuse(std::move(*refused));
  if (request_.method == "HEAD") {
    request_.method = "GET";
    request_.head = true;
  }
  streamed_ = takes_body_ && takes_body_(request_);
  const auto body_bytes_max = streamed_ ? std::numeric_limits<std::size_t>::max() : body_bytes_max_;
  if (made->content_length().value_or(0) > body_bytes_max) return refuse(explain(http::error::body_limit));
  if (made->chunked()) chunks_.emplace(body_bytes_max, header_bytes_max_);
  parser_ = std::move(made);
  return !body_is_done() && http_1_1_ && !request_.find("expect").empty() ? progress::wants_continue : progress::more;
}

bool request_reader::body_is_done() const { return !chunks_ && parser_->is_done(); }

request_reader::progress request_reader::feed_body(std::string_view& input) {
  if (chunks_) return feed_chunks(input);
  if (!parser_->is_done()) {
    if (input.empty()) return progress::more;
    boost::beast::error_code error;
    input.remove_prefix(parser_->put(boost::asio::buffer(input), error));
    if (error && error != http::error::need_more) return refuse(explain(error));
    if (!parser_->is_done()) return progress::more;
  }
  return progress::complete;
}

request_reader::progress request_reader::feed_chunks(std::string_view& input) {
  switch (chunks_->feed(input, request_.body)) {
    case chunked_body::progress::more: return progress::more;
    case chunked_body::progress::complete: return progress::complete;
    case chunked_body::progress::too_large: return refuse(explain(http::error::body_limit));
    case chunked_body::progress::too_long: return refuse(explain(http::error::header_limit));
    case chunked_body::progress::malformed: break;
  }
  return refuse(explain(http::error::bad_chunk));
}

request_reader::progress request_reader::refuse(http_response why) {
  refusal_ = std::move(why);
  keep_alive_ = false;
  return progress::refused;
}

}  // namespace tidewire::transport
