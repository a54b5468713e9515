// The responder of one request. Free of threads; it does not keep the connection alive.
#pragma once

#include <atomic>
#include <memory>

#include "transport/application.hpp"

namespace tidewire::transport {

class http_connection;
class io_thread;

class http_exchange final : public http_responder {
 public:
  http_exchange(std::weak_ptr<http_connection> connection, io_thread& home);
  ~http_exchange() override;

  void answer(http_response response) override;
  void stream(stream_terms terms, const listener_maker& listen) override;

 private:
  std::weak_ptr<http_connection> connection_;
  io_thread& home_;
  std::atomic<bool> answered_{false};
};

}  // namespace tidewire::transport
