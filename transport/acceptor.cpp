#include "transport/acceptor.hpp"

#include <sys/socket.h>

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <charconv>
#include <chrono>
#include <future>
#include <string_view>

#include "schemas/limit_hits.hpp"
#include "transport/http_text.hpp"
#include "transport/io_thread.hpp"

namespace tidewire::transport {
namespace {

using boost::asio::ip::tcp;

// How long accepting rests when there are no descriptors or no memory left; the peers wait in the kernel's queue.
constexpr std::chrono::milliseconds pause_when_exhausted{100};

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

bool is_exhaustion(boost::system::error_code error) {
  return error == boost::asio::error::no_descriptors || error == boost::system::errc::too_many_files_open_in_system ||
         error == boost::asio::error::no_buffer_space || error == boost::asio::error::no_memory;
}

// The peer learns why, if its socket takes the bytes at once; nothing is spent on it, not even TLS.
void refuse(tcp_socket socket, bool plainly, errc code, std::string_view limit) {
  if (!plainly) return;
  const auto why = make_problem(code, std::string(limit) + " is reached");
  const auto text = make_response_head(why, false) + why.body;
  if (::send(socket.native_handle(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0) return;
  ::shutdown(socket.native_handle(), SHUT_WR);
}

}  // namespace

acceptor::acceptor(io_threads& threads, connection_count& count, bool plain, on_socket accepted)
    : threads_(threads), count_(count), plain_(plain), accepted_(std::move(accepted)), pause_(threads.at(0).context()) {}

result<void> acceptor::start(const std::string& listen) {
  const auto endpoint = parse_endpoint(listen);
  if (!endpoint)
    return fail(errc::bad_request, "cannot listen on \"" + listen + "\": write address:port, e.g. 127.0.0.1:8000 or [::1]:8000");
  boost::system::error_code error;
  auto& made = listening_.emplace(threads_.at(0).context());
  const auto step = [&](auto&& call) {
    if (!error) call();
  };
  step([&] { made.open(endpoint->protocol(), error); });
  step([&] { made.set_option(boost::asio::socket_base::reuse_address(true), error); });
  if (endpoint->address().is_v6()) step([&] { made.set_option(boost::asio::ip::v6_only(true), error); });
  step([&] { made.bind(*endpoint, error); });
  step([&] { made.listen(boost::asio::socket_base::max_listen_connections, error); });
  if (error) {
    listening_.reset();
    return fail(errc::unavailable, "cannot listen on " + listen + ": " + error.message() + "; " + remedy(error));
  }
  port_ = made.local_endpoint().port();
  boost::asio::post(threads_.at(0).context(), [self = shared_from_this()] { self->accept_next(); });
  return {};
}

void acceptor::stop() {
  std::promise<void> done;
  boost::asio::post(threads_.at(0).context(), [&] {
    listening_.reset();
    pause_.cancel();
    done.set_value();
  });
  done.get_future().wait();
}

void acceptor::accept_next() {
  if (!listening_) return;
  next_.emplace(threads_.at(next_thread_).context());
  listening_->async_accept(*next_, [self = shared_from_this()](boost::system::error_code error) { self->on_accept(error); });
}

void acceptor::on_accept(boost::system::error_code error) {
  if (!listening_) return next_.reset();
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

void acceptor::let_in(tcp_socket socket) {
  boost::system::error_code gone;
  const auto peer = socket.remote_endpoint(gone);
  auto place = gone ? connection_count::place{} : count_.take_place(peer.address().to_string());
  if (exceeds<"connections_per_address_max">(!place))
    return refuse(std::move(socket), plain_, errc::too_many_requests, "connections_per_address_max");
  if (exceeds<"connections_max">(!count_.add())) return refuse(std::move(socket), plain_, errc::unavailable, "connections_max");
  accepted_(std::move(socket), next_thread_, std::move(*place));
  next_thread_ = (next_thread_ + 1) % threads_.size();
}

}  // namespace tidewire::transport
