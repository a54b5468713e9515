#include "transport/http_exchange.hpp"

#include <utility>

#include "transport/http_connection.hpp"
#include "transport/http_text.hpp"
#include "transport/io_thread.hpp"

namespace tidewire::transport {

http_exchange::http_exchange(std::weak_ptr<http_connection> connection, io_thread& home)
    : connection_(std::move(connection)), home_(home) {}

http_exchange::~http_exchange() {
  if (!answered_) answer(make_problem(errc::unavailable, "the part that had the request is gone; the outcome is unknown, retry"));
}

void http_exchange::answer(http_response response) {
  if (answered_.exchange(true)) return;
  auto connection = connection_.lock();
  if (!connection) return;
  // At once, if this is its thread.
  home_.dispatch(
      [connection = std::move(connection), response = std::move(response)]() mutable { connection->answer(std::move(response)); });
}

void http_exchange::stream(stream_terms terms, const listener_maker& listen) {
  if (answered_.exchange(true)) return;
  if (auto connection = connection_.lock()) connection->stream(std::move(terms), listen);
}

}  // namespace tidewire::transport
