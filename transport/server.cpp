#include "transport/server.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cassert>
#include <future>
#include <thread>
#include <utility>

#include "schemas/limit_hits.hpp"
#include "transport/acceptor.hpp"
#include "transport/http_connection.hpp"
#include "transport/tls_identity.hpp"

namespace tidewire::transport {
namespace {

// False: it can't be used, and is closed.
bool adopt(stream_socket& socket, int descriptor) {
  int domain = 0;
  socklen_t size = sizeof domain;
  boost::system::error_code failed;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0) {
    socket.assign(boost::asio::generic::stream_protocol(domain, domain == AF_UNIX ? 0 : IPPROTO_TCP), descriptor, failed);
    if (!failed) return true;
  }
  ::close(descriptor);
  return false;
}

std::function<void(connection&)> to_listeners(std::function<void(outbox_listener&)> visitor) {
  return [visitor = std::move(visitor)](connection& each) {
    if (auto* listener = each.listener()) visitor(*listener);
  };
}

}  // namespace

class server::state {
 public:
  state(server_settings settings, application& app, io_threads& threads)
      : settings_(std::move(settings)), threads_(threads), count_(settings_.limit.connections_max, settings_.address_connections_max) {
    for (std::size_t i = 0; i < threads.size(); ++i)
      shards_.push_back(
          std::make_unique<shard>(shard{settings_, app, threads.at(i), count_, settings_.limit.outboxes_bytes_max / threads.size()}));
  }

  ~state() {
    stop_accepting();
    for_each([](connection& each) { each.abort(); });
    while (!count_.wait_none(std::chrono::seconds(1))) continue;
    settle();
  }

  result<void> start() {
    assert(!acceptor_);
    acceptor_ = std::make_shared<acceptor>(threads_, count_, settings_.tls == nullptr, settings_.trusted_proxies,
                                           [this](stream_socket socket, std::size_t thread, connection_count::place place) {
                                             add(std::move(socket), thread, std::move(place));
                                           });
    auto started = acceptor_->start(settings_.listen);
    if (!started) acceptor_.reset();
    return started;
  }

  void stop_accepting() {
    if (acceptor_) acceptor_->stop();
  }

  // Runs the job on each thread for every connection that lives there by then. It may end connections, for they leave by later jobs.
  void for_each(std::function<void(connection&)> job) {
    for (auto& home : shards_) {
      home->thread.post([&home = *home, job] {
        for (const auto& each : home.connections) job(*each);
      });
    }
  }

  void for_each_behind(std::function<void(connection&)> job) {
    for (auto& home : shards_) {
      home->thread.post([&home = *home, job] {
        for (auto* each : home.behind) job(*each);
      });
    }
  }

  void close_all(close_code code, std::chrono::milliseconds over) {
    const auto steps = over / close_step;
    std::vector<std::shared_ptr<departure>> all;
    for (std::size_t i = 0; i < shards_.size(); ++i) all.push_back(std::make_shared<departure>());
    for (decltype(over.count()) step = 1; step <= steps && count_.now() > 0; ++step) {
      for (std::size_t i = 0; i < shards_.size(); ++i) {
        shards_[i]->thread.post([&home = *shards_[i], leaving = all[i], code, step, steps] {
          if (step == 1) leaving->in_order.assign(home.connections.begin(), home.connections.end());
          const auto until = leaving->in_order.size() * static_cast<std::size_t>(step) / static_cast<std::size_t>(steps);
          for (; leaving->next < until; ++leaving->next)
            if (const auto each = leaving->in_order[leaving->next].lock()) each->shut_down(code);
        });
      }
      std::this_thread::sleep_for(close_step);
    }
    for_each([code](connection& each) { each.shut_down(code); });  // also who has become a WebSocket meanwhile
  }

  void leave_websockets_to(state& by) {
    for (auto& home : shards_) home->websockets_to = [&by](handover gone) { by.take_over(std::move(gone)); };
  }

  std::uint16_t port() const noexcept { return acceptor_->port(); }
  connection_count& count() noexcept { return count_; }

 private:
  static constexpr std::chrono::milliseconds close_step{50};
  // The connections of one thread, one after the other.
  struct departure {
    std::vector<std::weak_ptr<connection>> in_order;
    std::size_t next = 0;
  };

  // On a thread of another server.
  void take_over(handover gone) {
    auto& home = *shards_[next_taker_.fetch_add(1, std::memory_order_relaxed) % shards_.size()];
    auto socket = std::make_shared<stream_socket>(home.thread.context());
    if (!adopt(*socket, gone.descriptor) || exceeds<"connections_max">(!count_.add())) return;
    home.thread.post([&home, socket = std::move(socket), gone = std::make_shared<handover>(std::move(gone))] {
      auto made = std::make_shared<http_connection>(home, std::move(*socket), nullptr);
      home.connections.insert(made);
      made->go_on(std::move(*gone));
    });
  }

  void add(stream_socket socket, std::size_t thread, connection_count::place place) {
    auto& home = *shards_[thread];
    home.thread.post([&home, socket = std::make_shared<stream_socket>(std::move(socket)), place = std::move(place)]() mutable {
      const auto& identity = home.settings.tls;
      auto tls = identity ? identity->accept(socket->native_handle()) : nullptr;
      if (identity && !tls) return home.count.remove();  // there is no memory for it
      auto made = std::make_shared<http_connection>(home, std::move(*socket), std::move(tls));
      made->place = std::move(place);
      home.connections.insert(made);
      made->start();
    });
  }

  // Returns when no job that was posted before can touch the shards any more.
  void settle() {
    for (auto& home : shards_) {
      std::promise<void> done;
      home->thread.post([&] { done.set_value(); });
      done.get_future().wait();
    }
  }

  const server_settings settings_;
  io_threads& threads_;
  connection_count count_;
  std::vector<std::unique_ptr<shard>> shards_;
  std::shared_ptr<acceptor> acceptor_;
  std::atomic<std::size_t> next_taker_{0};  // of the shards
};

server::server(server_settings settings, application& app, io_threads& threads)
    : state_(std::make_unique<state>(std::move(settings), app, threads)) {}

server::~server() = default;

result<void> server::start() { return state_->start(); }

std::uint16_t server::port() const noexcept { return state_->port(); }

void server::leave_websockets_to(server& by) { state_->leave_websockets_to(*by.state_); }

void server::stop_accepting() { state_->stop_accepting(); }

void server::close_all(close_code code, std::chrono::milliseconds over) { state_->close_all(code, over); }

bool server::wait_closed(std::chrono::milliseconds timeout) { return state_->count().wait_none(timeout); }

std::size_t server::connections() const noexcept { return state_->count().now(); }

std::uint64_t server::refused_of_address() const { return state_->count().refused(); }

void server::visit(std::function<void(outbox_listener&)> visitor) { state_->for_each(to_listeners(std::move(visitor))); }

void server::visit_behind(std::function<void(outbox_listener&)> visitor) { state_->for_each_behind(to_listeners(std::move(visitor))); }

}  // namespace tidewire::transport
