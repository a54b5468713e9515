// What joins a stream of changes, on the I/O thread of its connection, with its actor, which may not have started yet: mail that comes
// before waits here. If the actor never comes, or dies, the request is answered 503.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "actors/interfaces.hpp"
#include "transport/application.hpp"

namespace tidewire {

// Free of threads.
class ingest_link {
 public:
  // `count` is of the streams that are open; it outlives the link, which is one of them.
  ingest_link(transport::http_responder_ptr responder, transport::body_source_ptr source, std::atomic<std::size_t>& count);
  ~ingest_link();
  ingest_link(const ingest_link&) = delete;
  ingest_link& operator=(const ingest_link&) = delete;

  // The actor has started and takes what has come.
  void started(ingest_actor actor);
  // It is over, or will never be.
  void ended();

  void deliver(ingest_mail what);
  void release(std::size_t bytes) { source_->release(bytes); }
  void answer(transport::http_response response);

 private:
  const transport::body_source_ptr source_;
  std::atomic<std::size_t>& count_;
  std::mutex guard_;
  transport::http_responder_ptr responder_;  // under the guard, as what follows it
  ingest_actor actor_;
  bool ended_ = false;
  std::vector<ingest_mail> early_;
};

// Hears the body.
class ingest_listener final : public transport::body_listener {
 public:
  explicit ingest_listener(std::shared_ptr<ingest_link> link) : link_(std::move(link)) {}
  void on_bytes(std::string bytes) override { link_->deliver(ingest_bytes{std::move(bytes)}); }
  void on_end(transport::body_end how) override { link_->deliver(how); }

 private:
  std::shared_ptr<ingest_link> link_;
};

}  // namespace tidewire
