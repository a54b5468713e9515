// The bodies of requests that are taken as they come, with the flow held back by who takes them.
#include <algorithm>
#include <utility>

#include "transport/http_connection.hpp"
#include "transport/http_exchange.hpp"
#include "transport/request_id.hpp"

namespace tidewire::transport {
namespace {

class http_body final : public body_source {
 public:
  http_body(std::weak_ptr<http_connection> connection, io_thread& home) : connection_(std::move(connection)), home_(home) {}

  void release(std::size_t bytes) override {
    if (auto connection = connection_.lock()) home_.dispatch([connection = std::move(connection), bytes] { connection->release(bytes); });
  }

 private:
  std::weak_ptr<http_connection> connection_;
  io_thread& home_;
};

}  // namespace

void http_connection::begin_body() {
  auto& come = reader_.request();
  request_id_ = settle_request_id(come);
  http_request head{std::move(come.method), std::move(come.target), std::move(come.headers), {}, peer_, come.head};
  head_only_ = head.head;
  coding_ = take_coding_terms(head);
  phase_ = phase::taking;
  flow_ = std::make_unique<body_flow>();
  const auto self = std::static_pointer_cast<http_connection>(shared_from_this());
  auto listener = shard_.app.on_body(std::move(head), std::make_shared<http_exchange>(self, shard_.thread),
                                     std::make_shared<http_body>(self, shard_.thread));
  if (phase_ != phase::taking) return;  // it has been answered already
  flow_->listener = std::move(listener);
  if (flow_->listener) return;
  last_ = true;
  due_ = never;
  end_body(body_end::stopped);
}

// What the reader has made of the bytes that have just come; `rest` is behind the request.
void http_connection::take_piece(request_reader::progress come, std::size_t size, std::string_view rest) {
  using progress = request_reader::progress;
  if (phase_ == phase::reading) begin_body();
  if (phase_ != phase::taking) return;
  if (auto piece = std::exchange(reader_.request().body, {}); !piece.empty()) {
    flow_->unreleased += piece.size();
    flow_->crowded = !arrived_.become(shard_.settings.requests, flow_->unreleased);
    flow_->listener->on_bytes(std::move(piece));
    if (phase_ != phase::taking) return;
  }
  switch (come) {
    case progress::refused: end_body(body_end::lost); return respond(std::move(reader_.refusal()));
    case progress::complete:
      early_.assign(rest);
      piece_left_ = 0;
      return end_body(body_end::whole);
    case progress::wants_continue:
      if (rest.empty()) {
        queue_.push(std::make_shared<const frame>(frame{"HTTP/1.1 100 Continue\r\n\r\n"}));
        write();
      }
      return phase_ == phase::taking ? take(rest) : void();
    case progress::more: break;
  }
  body_arrives(size);
  if (flow_->unreleased < body_window()) return wait_readable();
  flow_->paused = true;  // it is not the peer who is slow
  due_ = never;
}

std::size_t http_connection::body_window() const noexcept {
  const auto most = shard_.settings.limit.ingest_bytes_in_flight_max;
  return flow_->crowded ? std::min(most, arrival::own_bytes) : most;
}

void http_connection::release(std::size_t bytes) {
  if (!flow_) return;
  flow_->unreleased -= std::min(bytes, flow_->unreleased);
  flow_->crowded = !arrived_.become(shard_.settings.requests, flow_->unreleased);
  if (!flow_->paused || flow_->unreleased >= body_window()) return;
  flow_->paused = false;
  set_due(shard_.settings.limit.http_idle_timeout_s);
  wait_readable();
}

// The listener hears it in a job of its own: it may be its own call that has led here.
void http_connection::end_body(body_end how) {
  if (!flow_) return;
  if (how != body_end::lost) {
    phase_ = phase::answering;
    due_ = never;
  }
  const auto flow = std::exchange(flow_, nullptr);
  if (!flow->listener) return;
  std::shared_ptr<body_listener> listener = std::move(flow->listener);
  shard_.thread.post([listener = std::move(listener), how] { listener->on_end(how); });
}

}  // namespace tidewire::transport
