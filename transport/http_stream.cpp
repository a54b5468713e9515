#include "transport/http_stream.hpp"

#include <array>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <limits>

#include "transport/client_socket.hpp"

namespace tidewire::transport {

namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr std::size_t piece_bytes = 65'536;
constexpr std::size_t refusal_bytes_max = 1'048'576;

}  // namespace

class http_stream::connection {
 public:
  connection(std::chrono::milliseconds timeout, int wake) : socket_(timeout) {
    if (wake >= 0) socket_.wake_by(wake);
    answer_.body_limit(std::numeric_limits<std::uint64_t>::max());
  }

  beast::error_code open(const client_address& to) { return socket_.open(to); }

  beast::error_code begin(const http::request<http::string_body>& request) {
    return socket_.over([&](auto& stream) {
      beast::error_code error;
      socket_.wait([&](auto done) { http::async_write(stream, request, [done](beast::error_code failed, std::size_t) { done(failed); }); },
                   error);
      if (!error)
        socket_.wait(
            [&](auto done) {
              http::async_read_header(stream, buffer_, answer_, [done](beast::error_code failed, std::size_t) { done(failed); });
            },
            error);
      return error;
    });
  }

  const auto& head() const { return answer_.get(); }

  // Empty when the body is over.
  beast::error_code next(std::string_view& bytes, std::chrono::milliseconds at_most) {
    bytes = {};
    while (!answer_.is_done() && bytes.empty()) {
      auto& body = answer_.get().body();
      body.data = piece_.data();
      body.size = piece_.size();
      beast::error_code error;
      socket_.over([&](auto& stream) {
        socket_.wait(
            [&](auto done) {
              http::async_read_some(stream, buffer_, answer_, [done](beast::error_code failed, std::size_t) { done(failed); });
            },
            error, at_most);
      });
      bytes = {piece_.data(), piece_.size() - body.size};
      if (error && error != http::error::need_buffer && bytes.empty()) return error;
    }
    return {};
  }

 private:
  client_socket socket_;
  beast::flat_buffer buffer_;
  http::response_parser<http::buffer_body> answer_;
  std::array<char, piece_bytes> piece_;
};

http_stream::http_stream(std::string server, std::chrono::milliseconds timeout, int wake)
    : server_(std::move(server)), timeout_(timeout), wake_(wake) {}

http_stream::~http_stream() = default;

result<http_response> http_stream::open(const client_request& request) {
  const auto to = read_client_address(server_);
  if (!to) return tl::unexpected(to.error());
  connection_ = std::make_unique<connection>(timeout_, wake_);
  if (const auto error = connection_->open(*to)) return tl::unexpected(not_connected(server_, error));
  if (const auto error = connection_->begin(compose(request, *to))) return tl::unexpected(connection_lost(server_, error, timeout_));
  const auto& head = connection_->head();
  http_response made{static_cast<std::uint16_t>(head.result_int()), {}, {}, {}};
  const auto type = head[http::field::content_type];
  made.content_type.assign(type.data(), type.size());
  if (made.status == 200) return made;
  for (std::string_view bytes; made.body.size() < refusal_bytes_max; made.body += bytes)
    if (connection_->next(bytes, timeout_) || bytes.empty()) break;
  return made;
}

http_stream::piece http_stream::read(std::chrono::milliseconds at_most) {
  std::string_view bytes;
  const auto error = connection_->next(bytes, at_most);
  if (error == beast::error::timeout) return {outcome::silence};
  if (error == boost::asio::error::operation_aborted) return {outcome::woken};
  return error || bytes.empty() ? piece{outcome::end} : piece{outcome::bytes, bytes};
}

}  // namespace tidewire::transport
