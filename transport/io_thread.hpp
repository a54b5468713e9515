// One I/O thread: an event loop, the jobs that others want run here, the ring of its writers, and the buffer that all its sockets are read
// into, one after the other. Sockets, jobs and writers take turns.
#pragma once

#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "schemas/deflate.hpp"
#include "transport/byte_count.hpp"
#include "transport/flush_ring.hpp"
#include "transport/slow_peers.hpp"

namespace tidewire::transport {

class io_thread {
 public:
  explicit io_thread(std::size_t index);
  ~io_thread() { stop(); }
  io_thread(const io_thread&) = delete;
  io_thread& operator=(const io_thread&) = delete;

  std::size_t index() const noexcept { return index_; }
  boost::asio::io_context& context() noexcept { return context_; }
  // Shared by every socket of the thread: what is read must be used up or copied before the handler returns.
  std::span<char> read_buffer() noexcept { return read_buffer_; }
  // Shared likewise, by the connections of the thread that agreed to compression; made when the first of them comes.
  inflater& message_inflater() { return inflater_ ? *inflater_ : inflater_.emplace(); }
  // See io_threads::post().
  void post(std::function<void()> job);
  // On this thread runs it now, else posts it.
  template <class Job>
  void dispatch(Job job) {
    here() ? job() : post(std::move(job));
  }
  // Connections that have frames to write. To be used on this thread alone.
  flush_ring& ring() noexcept { return ring_; }
  // Waiting for the peers of all connections of the thread. To be used on this thread alone.
  byte_count& queued_bytes() noexcept { return queued_bytes_; }
  // Written by this thread alone.
  slow_peer_counters& slow() noexcept { return slow_; }
  // See io_threads::stop().
  void stop();

 private:
  using jobs = std::deque<std::function<void()>>;

  bool here() const noexcept { return std::this_thread::get_id() == thread_.get_id(); }
  void run();
  void handle_sockets();
  void run_jobs();
  bool take_jobs();

  std::size_t index_;
  std::vector<char> read_buffer_;
  std::optional<inflater> inflater_;
  byte_count queued_bytes_;
  slow_peer_counters slow_;
  flush_ring ring_;  // outlives the loop, whose handlers own the connections
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::mutex guard_;
  jobs posted_;   // under guard_
  jobs running_;  // of this thread alone, before those
  std::thread thread_;
};

}  // namespace tidewire::transport
