#include "transport/acceptor.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <charconv>
#include <chrono>
#include <future>
#include <limits>
#include <string_view>

#include "schemas/limit_hits.hpp"
#include "transport/http_text.hpp"
#include "transport/io_thread.hpp"

namespace tidewire::transport {
namespace {

using boost::asio::ip::tcp;
using local = boost::asio::local::stream_protocol;

constexpr std::string_view unix_scheme = "unix:";

// How long accepting rests when there are no descriptors or no memory left; the peers wait in the kernel's queue.
constexpr std::chrono::milliseconds pause_when_exhausted{100};

// Peers that the kernel has accepted and we have not: as many as net.core.somaxconn says. SOMAXCONN, which Asio knows, is the 4,096 that
// was compiled in, whatever the machine is told.
constexpr int backlog = std::numeric_limits<int>::max();

// "127.0.0.1:8000", "[::1]:8000", "localhost:8000".
std::optional<tcp::endpoint> parse_endpoint(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::uint16_t port = 0;
  const auto digits = text.substr(colon + 1);
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (digits.empty() || parsed.ec != std::errc{} || parsed.ptr != digits.data() + digits.size()) return std::nullopt;
  auto host = text.substr(0, colon);
  if (host == "localhost") host = "127.0.0.1";
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(std::string(host), error);
  if (error || address.is_v6() != bracketed) return std::nullopt;
  return tcp::endpoint(address, port);
}

std::string remedy(boost::system::error_code error) {
  if (error == boost::asio::error::address_in_use) return "stop the process that listens there, or choose another port";
  if (error == boost::asio::error::access_denied) return "choose a port above 1023, or grant CAP_NET_BIND_SERVICE";
  return "choose an address of this machine";
}

std::string remedy_of_path(boost::system::error_code error) {
  if (error == boost::asio::error::address_in_use) return "stop the process that listens there, or choose another path";
  return "choose a path in a directory that is there and may be written";
}

// A socket that nobody listens at any more.
bool is_left_over(const local::endpoint& endpoint) {
  struct stat file {};
  if (::lstat(endpoint.path().c_str(), &file) != 0 || !S_ISSOCK(file.st_mode)) return false;
  boost::asio::io_context context;
  local::socket probe(context);
  boost::system::error_code error;
  probe.connect(endpoint, error);
  return error == boost::asio::error::connection_refused;
}

bool is_exhaustion(boost::system::error_code error) {
  return error == boost::asio::error::no_descriptors || error == boost::system::errc::too_many_files_open_in_system ||
         error == boost::asio::error::no_buffer_space || error == boost::asio::error::no_memory;
}

// The peer learns why, if its socket takes the bytes at once; nothing is spent on it, not even TLS.
void refuse(stream_socket socket, bool plainly, errc code, std::string_view limit) {
  if (!plainly) return;
  const auto why = make_problem(code, std::string(limit) + " is reached");
  const auto text = make_response_head(why, false) + why.body;
  if (::send(socket.native_handle(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0) return;
  ::shutdown(socket.native_handle(), SHUT_WR);
}

}  // namespace

acceptor::acceptor(io_threads& threads, connection_count& count, bool plain, std::span<const address_range> proxies, on_socket accepted)
    : threads_(threads), count_(count), plain_(plain), proxies_(proxies), accepted_(std::move(accepted)), pause_(threads.at(0).context()) {}

result<void> acceptor::start(const std::string& listen) {
  auto done = listen.starts_with(unix_scheme) ? listen_on_path(listen.substr(unix_scheme.size())) : listen_on_address(listen);
  if (!done) {
    listening_.emplace<std::monostate>();
    return done;
  }
  boost::asio::post(threads_.at(0).context(), [self = shared_from_this()] { self->accept_next(); });
  return {};
}

// Only the owner and the group of the file may connect.
result<void> acceptor::listen_on_path(const std::string& path) {
  const auto refuse = [&](const std::string& why) { return fail(errc::unavailable, "cannot listen on " + path + ": " + why); };
  if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path)) return refuse("choose a path of at most 107 bytes");
  const local::endpoint endpoint(path);
  auto& made = listening_.emplace<local_acceptor>(threads_.at(0).context());
  boost::system::error_code error;
  made.open(endpoint.protocol(), error);
  if (error) return refuse(error.message());
  ::fchmod(made.native_handle(), S_IRUSR | S_IWUSR);  // until it is what it is to be
  made.bind(endpoint, error);
  if (error == boost::asio::error::address_in_use && is_left_over(endpoint)) {
    ::unlink(path.c_str());
    made.bind(endpoint, error = {});
  }
  if (error) return refuse(error.message() + "; " + remedy_of_path(error));
  path_ = path;
  if (::chmod(path.c_str(), S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP) != 0) return refuse("its permissions cannot be set");
  made.listen(backlog, error);
  if (error) return refuse(error.message());
  return {};
}

result<void> acceptor::listen_on_address(const std::string& listen) {
  const auto endpoint = parse_endpoint(listen);
  if (!endpoint)
    return fail(errc::bad_request, "cannot listen on \"" + listen + "\": write address:port, e.g. 127.0.0.1:8000 or [::1]:8000");
  boost::system::error_code error;
  auto& made = listening_.emplace<tcp_acceptor>(threads_.at(0).context());
  const auto step = [&](auto&& call) {
    if (!error) call();
  };
  step([&] { made.open(endpoint->protocol(), error); });
  step([&] { made.set_option(boost::asio::socket_base::reuse_address(true), error); });
  if (endpoint->address().is_v6()) step([&] { made.set_option(boost::asio::ip::v6_only(true), error); });
  step([&] { made.bind(*endpoint, error); });
  step([&] { made.listen(backlog, error); });
  if (error) return fail(errc::unavailable, "cannot listen on " + listen + ": " + error.message() + "; " + remedy(error));
  port_ = made.local_endpoint().port();
  return {};
}

void acceptor::stop() {
  std::promise<void> done;
  boost::asio::post(threads_.at(0).context(), [&] {
    listening_.emplace<std::monostate>();
    if (!path_.empty()) ::unlink(path_.c_str());
    pause_.cancel();
    done.set_value();
  });
  done.get_future().wait();
}

void acceptor::accept_next() {
  if (!listens()) return;
  next_.emplace(threads_.at(next_thread_).context());
  const auto accept = [this](auto& listening) {
    listening.async_accept(*next_, [self = shared_from_this()](boost::system::error_code error) { self->on_accept(error); });
  };
  if (auto* tcp_listening = std::get_if<tcp_acceptor>(&listening_)) return accept(*tcp_listening);
  accept(std::get<local_acceptor>(listening_));
}

void acceptor::on_accept(boost::system::error_code error) {
  if (!listens()) return next_.reset();
  if (is_exhaustion(error)) {
    pause_.expires_after(pause_when_exhausted);
    return pause_.async_wait([self = shared_from_this()](boost::system::error_code) { self->accept_next(); });
  }
  if (!error) {  // else that peer has gone already
    boost::system::error_code ignored;
    next_->set_option(tcp::no_delay(true), ignored);
    let_in(std::move(*next_));
  }
  accept_next();
}

void acceptor::let_in(stream_socket socket) {
  const auto address = address_of(socket);
  auto place =
      address.empty() || address == unix_peer || contains(proxies_, address) ? connection_count::place{} : count_.take_place(address);
  if (exceeds<"connections_per_address_max">(!place))
    return refuse(std::move(socket), plain_, errc::too_many_requests, "connections_per_address_max");
  if (exceeds<"connections_max">(!count_.add())) return refuse(std::move(socket), plain_, errc::unavailable, "connections_max");
  accepted_(std::move(socket), next_thread_, std::move(*place));
  next_thread_ = (next_thread_ + 1) % threads_.size();
}

}  // namespace tidewire::transport
