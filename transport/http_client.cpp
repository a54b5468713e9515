#include "transport/http_client.hpp"

#include <utility>  // Boost 1.74 forgets it in C++20

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <optional>

namespace tidewire::transport {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;

constexpr std::uint64_t body_bytes_max = 1'073'741'824;

struct address {
  std::string host;
  std::string port;
};

std::optional<address> split(std::string_view server) {
  if (server.starts_with("http://")) server.remove_prefix(7);
  while (server.ends_with('/')) server.remove_suffix(1);
  const auto colon = server.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == server.size()) return std::nullopt;
  auto host = server.substr(0, colon);
  const auto port = server.substr(colon + 1);
  if (port.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  if (host.find_first_of("/?#@[] ") != std::string_view::npos) return std::nullopt;
  return address{std::string(host), std::string(port)};
}

std::string lower(beast::string_view text) {
  std::string out(text.data(), text.size());
  for (auto& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  return out;
}

}  // namespace

class http_client::connection {
 public:
  explicit connection(std::chrono::milliseconds timeout) : stream_(io_), timeout_(timeout) {}

  bool is_open() const { return open_; }

  beast::error_code open(const address& to) {
    beast::error_code error;
    tcp::resolver resolver(io_);
    const auto found = resolver.resolve(to.host, to.port, error);
    if (error) return error;
    wait([&](auto done) { stream_.async_connect(found, [done](beast::error_code failed, const tcp::endpoint&) { done(failed); }); }, error);
    if (!error) stream_.socket().set_option(tcp::no_delay(true), error);
    open_ = !error;
    return error;
  }

  beast::error_code exchange(const http::request<http::string_body>& request, http::response_parser<http::string_body>& answer) {
    beast::error_code error;
    wait([&](auto done) { http::async_write(stream_, request, [done](beast::error_code failed, std::size_t) { done(failed); }); }, error);
    if (error) return lose(error);
    answer.body_limit(body_bytes_max);
    wait([&](auto done) { http::async_read(stream_, buffer_, answer, [done](beast::error_code failed, std::size_t) { done(failed); }); },
         error);
    if (error) return lose(error);
    open_ = answer.keep_alive();
    return error;
  }

 private:
  template <class Start>
  void wait(Start start, beast::error_code& outcome) {
    stream_.expires_after(timeout_);
    start([&outcome](beast::error_code failed) { outcome = failed; });
    io_.restart();
    io_.run();
  }

  beast::error_code lose(beast::error_code error) {
    open_ = false;
    return error;
  }

  asio::io_context io_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  const std::chrono::milliseconds timeout_;
  bool open_ = false;
};

http_client::http_client(std::string server, std::chrono::milliseconds timeout) : server_(std::move(server)), timeout_(timeout) {}

http_client::~http_client() = default;

result<http_response> http_client::ask(const client_request& request) {
  const auto to = split(server_);
  if (!to) return fail(errc::bad_request, "\"" + server_ + "\" is no address: say HOST:PORT, like 127.0.0.1:8000");
  http::request<http::string_body> sent;
  sent.method_string(request.method);
  sent.target(request.target);
  sent.version(11);
  sent.set(http::field::host, to->host + ':' + to->port);
  for (const auto& each : request.headers) sent.insert(each.name, each.value);
  if (!request.content_type.empty()) sent.set(http::field::content_type, request.content_type);
  sent.body() = request.body;
  if (!request.body.empty() || request.method == "POST") sent.prepare_payload();

  for (;;) {
    const bool kept = connection_ && connection_->is_open();
    if (!kept) {
      connection_ = std::make_unique<connection>(timeout_);
      if (const auto error = connection_->open(*to))
        return fail(errc::unavailable, "cannot connect to " + server_ + ": " + error.message() + "; is the server running?");
    }
    http::response_parser<http::string_body> answer;
    if (const auto error = connection_->exchange(sent, answer)) {
      // Closed while it was idle, so nobody has seen this request: once more on a new connection.
      if (kept && !answer.got_some() && error != beast::error::timeout) continue;
      if (error == beast::error::timeout)
        return fail(errc::timeout,
                    server_ + " gave no answer in " + std::to_string(timeout_.count() / 1000) + " s; the outcome is unknown");
      return fail(errc::unavailable, "the connection to " + server_ + " was lost: " + error.message());
    }
    auto& got = answer.get();
    http_response made{static_cast<std::uint16_t>(got.result_int()), {}, {}, std::move(got.body())};
    for (const auto& each : got) {
      auto name = lower(each.name_string());
      std::string value(each.value().data(), each.value().size());
      if (name == "content-type") made.content_type = value;
      made.headers.push_back({std::move(name), std::move(value)});
    }
    return made;
  }
}

}  // namespace tidewire::transport
