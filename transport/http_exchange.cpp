#include "transport/http_exchange.hpp"

#include <boost/asio/dispatch.hpp>
#include <utility>

#include "transport/http_connection.hpp"
#include "transport/http_text.hpp"

namespace tidewire::transport {

http_exchange::http_exchange(std::weak_ptr<http_connection> connection, boost::asio::io_context& home)
    : connection_(std::move(connection)), home_(home) {}

http_exchange::~http_exchange() {
  if (!answered_) answer(make_problem(errc::unavailable, "the part that had the request is gone; the outcome is unknown, retry"));
}

void http_exchange::answer(http_response response) {
  if (answered_.exchange(true)) return;
  auto connection = connection_.lock();
  if (!connection) return;
  // At once, if this is its thread.
  boost::asio::dispatch(
      home_, [connection = std::move(connection), response = std::move(response)]() mutable { connection->answer(std::move(response)); });
}

}  // namespace tidewire::transport
