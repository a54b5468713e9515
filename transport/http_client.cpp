#include "transport/http_client.hpp"

#include <utility>  // Boost 1.74 forgets it in C++20

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <optional>

namespace tidewire::transport {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;

struct address {
  std::string host;
  std::string port;
  bool secure = false;
};

std::optional<address> split(std::string_view server) {
  const bool secure = server.starts_with("https://");
  const bool has_scheme = secure || server.starts_with("http://");
  if (has_scheme) server.remove_prefix(secure ? 8 : 7);
  while (server.ends_with('/')) server.remove_suffix(1);
  auto colon = server.rfind(':');
  if (colon != std::string_view::npos && server.find(']', colon) != std::string_view::npos) colon = std::string_view::npos;  // of [::1]
  if (colon == std::string_view::npos && !has_scheme) return std::nullopt;
  if (colon == 0 || server.empty() || (colon != std::string_view::npos && colon + 1 == server.size())) return std::nullopt;
  auto host = server.substr(0, colon);
  const auto port = colon == std::string_view::npos ? std::string_view(secure ? "443" : "80") : server.substr(colon + 1);
  if (port.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  if (host.find_first_of("/?#@[] ") != std::string_view::npos) return std::nullopt;
  return address{std::string(host), std::string(port), secure};
}

// Certificates must be of an authority that this machine trusts, or that SSL_CERT_FILE names.
asio::ssl::context make_context() {
  asio::ssl::context made(asio::ssl::context::tls_client);
  made.set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
  boost::system::error_code error;
  made.set_default_verify_paths(error);
  made.set_verify_mode(asio::ssl::verify_peer);
  return made;
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
  explicit connection(std::chrono::milliseconds timeout) : context_(make_context()), stream_(io_, context_), timeout_(timeout) {}

  bool is_open() const { return open_; }

  beast::error_code open(const address& to) {
    beast::error_code error;
    tcp::resolver resolver(io_);
    const auto found = resolver.resolve(to.host, to.port, error);
    if (error) return error;
    wait([&](auto done) { plain().async_connect(found, [done](beast::error_code failed, const tcp::endpoint&) { done(failed); }); }, error);
    if (!error) plain().socket().set_option(tcp::no_delay(true), error);
    secure_ = to.secure;
    if (!error && secure_) shake_hands(to.host, error);
    open_ = !error;
    return error;
  }

  beast::error_code exchange(const http::request<http::string_body>& request, http::response_parser<http::string_body>& answer) {
    return secure_ ? exchange(stream_, request, answer) : exchange(plain(), request, answer);
  }

 private:
  template <class Start>
  void wait(Start start, beast::error_code& outcome) {
    plain().expires_after(timeout_);
    start([&outcome](beast::error_code failed) { outcome = failed; });
    io_.restart();
    io_.run();
  }

  template <class Stream>
  beast::error_code exchange(Stream& over, const http::request<http::string_body>& request,
                             http::response_parser<http::string_body>& answer) {
    beast::error_code error;
    wait([&](auto done) { http::async_write(over, request, [done](beast::error_code failed, std::size_t) { done(failed); }); }, error);
    if (error) return lose(error);
    wait([&](auto done) { http::async_read(over, buffer_, answer, [done](beast::error_code failed, std::size_t) { done(failed); }); },
         error);
    if (error) return lose(error);
    open_ = answer.keep_alive();
    return error;
  }

  void shake_hands(const std::string& host, beast::error_code& error) {
    stream_.set_verify_callback(asio::ssl::host_name_verification(host));
    // What SSL_set_tlsext_host_name() is, a macro with a cast of the old style; the name is only read.
    SSL_ctrl(stream_.native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(host.c_str()));
    wait([&](auto done) { stream_.async_handshake(asio::ssl::stream_base::client, done); }, error);
  }

  beast::tcp_stream& plain() { return stream_.next_layer(); }

  beast::error_code lose(beast::error_code error) {
    open_ = false;
    return error;
  }

  asio::io_context io_;
  asio::ssl::context context_;
  beast::ssl_stream<beast::tcp_stream> stream_;  // or only what is below it
  beast::flat_buffer buffer_;
  const std::chrono::milliseconds timeout_;
  bool secure_ = false;
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
  const bool usual_port = to->port == (to->secure ? "443" : "80");
  sent.set(http::field::host, usual_port ? to->host : to->host + ':' + to->port);
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
    answer.body_limit(request.answer_bytes_max);
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
