#include "transport/client_socket.hpp"

#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/core/error.hpp>

namespace tidewire::transport {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;

constexpr std::string_view unix_scheme = "unix:";

std::optional<client_address> split(std::string_view server) {
  if (server.starts_with(unix_scheme)) {
    const auto path = server.substr(unix_scheme.size());
    if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path)) return std::nullopt;
    return client_address{"localhost", "80", false, std::string(path)};
  }
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
  return client_address{std::string(host), std::string(port), secure};
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

}  // namespace

result<client_address> read_client_address(std::string_view server) {
  auto found = split(server);
  if (!found)
    return fail(errc::bad_request, "\"" + std::string(server) + "\" is no address: say HOST:PORT, like 127.0.0.1:8000, or unix:PATH");
  return std::move(*found);
}

http::request<http::string_body> compose(const client_request& request, const client_address& to) {
  http::request<http::string_body> made;
  made.method_string(request.method);
  made.target(request.target);
  made.version(11);
  const bool usual_port = to.port == (to.secure ? "443" : "80");
  made.set(http::field::host, usual_port ? to.host : to.host + ':' + to.port);
  for (const auto& each : request.headers) made.insert(each.name, each.value);
  if (!request.content_type.empty()) made.set(http::field::content_type, request.content_type);
  made.body() = request.body;
  if (!request.body.empty() || request.method == "POST") made.prepare_payload();
  return made;
}

client_socket::client_socket(std::chrono::milliseconds timeout) : context_(make_context()), stream_(io_, context_), timeout_(timeout) {}

beast::error_code client_socket::open(const client_address& to) {
  if (!to.path.empty()) return connect(asio::local::stream_protocol::endpoint(to.path));
  beast::error_code error;
  tcp::resolver resolver(io_);
  const auto found = resolver.resolve(to.host, to.port, error);
  if (error) return error;
  for (const auto& each : found) {
    error = connect(each.endpoint());
    if (!error) break;
  }
  if (!error) plain().socket().set_option(tcp::no_delay(true), error);
  secure_ = to.secure;
  if (!error && secure_) shake_hands(to.host, error);
  return error;
}

beast::error_code client_socket::connect(const asio::generic::stream_protocol::endpoint& to) {
  beast::error_code error;
  plain().socket().close(error);
  wait([&](auto done) { plain().async_connect(to, done); }, error);
  return error;
}

void client_socket::wake_by(int descriptor) {
  // It closes what it is given, so it is given a copy.
  if (const int own = ::dup(descriptor); own >= 0) wake_.emplace(io_, own);
}

void client_socket::shake_hands(const std::string& host, beast::error_code& error) {
  stream_.set_verify_callback(asio::ssl::host_name_verification(host));
  // What SSL_set_tlsext_host_name() is, a macro with a cast of the old style; the name is only read.
  SSL_ctrl(stream_.native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(host.c_str()));
  wait([&](auto done) { stream_.async_handshake(asio::ssl::stream_base::client, done); }, error);
}

failure not_connected(const std::string& server, beast::error_code error) {
  return {errc::unavailable, "cannot connect to " + server + ": " + error.message() + "; is the server running?"};
}

failure connection_lost(const std::string& server, beast::error_code error, std::chrono::milliseconds timeout) {
  if (error == beast::error::timeout)
    return {errc::timeout, server + " gave no answer in " + std::to_string(timeout.count() / 1000) + " s; the outcome is unknown"};
  return {errc::unavailable, "the connection to " + server + " was lost: " + error.message()};
}

}  // namespace tidewire::transport
