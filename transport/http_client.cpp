#include "transport/http_client.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include "transport/client_socket.hpp"

namespace tidewire::transport {

namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

std::string lower(beast::string_view text) {
  std::string out(text.data(), text.size());
  for (auto& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  return out;
}

}  // namespace

class http_client::connection {
 public:
  explicit connection(std::chrono::milliseconds timeout) : socket_(timeout) {}

  bool is_open() const { return open_; }

  beast::error_code open(const client_address& to) {
    const auto error = socket_.open(to);
    open_ = !error;
    return error;
  }

  beast::error_code exchange(const http::request<http::string_body>& request, http::response_parser<http::string_body>& answer) {
    open_ = false;
    return socket_.over([&](auto& stream) {
      beast::error_code error;
      socket_.wait([&](auto done) { http::async_write(stream, request, [done](beast::error_code failed, std::size_t) { done(failed); }); },
                   error);
      if (error) return error;
      socket_.wait(
          [&](auto done) { http::async_read(stream, buffer_, answer, [done](beast::error_code failed, std::size_t) { done(failed); }); },
          error);
      if (!error) open_ = answer.keep_alive();
      return error;
    });
  }

 private:
  client_socket socket_;
  beast::flat_buffer buffer_;
  bool open_ = false;
};

http_client::http_client(std::string server, std::chrono::milliseconds timeout) : server_(std::move(server)), timeout_(timeout) {}

http_client::~http_client() = default;

result<http_response> http_client::ask(const client_request& request) {
  const auto to = read_client_address(server_);
  if (!to) return tl::unexpected(to.error());
  const auto sent = compose(request, *to);

  for (;;) {
    const bool kept = connection_ && connection_->is_open();
    if (!kept) {
      connection_ = std::make_unique<connection>(timeout_);
      if (const auto error = connection_->open(*to)) return tl::unexpected(not_connected(server_, error));
    }
    http::response_parser<http::string_body> answer;
    answer.body_limit(request.answer_bytes_max);
    if (const auto error = connection_->exchange(sent, answer)) {
      // Closed while it was idle, so nobody has seen this request: once more on a new connection.
      if (kept && !answer.got_some() && error != beast::error::timeout) continue;
      return tl::unexpected(connection_lost(server_, error, timeout_));
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
