// A TCP connection that never blocks, with what is still to be written.
#pragma once

#include <netinet/in.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace tidewire::load {

struct endpoint {
  sockaddr_in address{};
  std::string text;  // HOST:PORT

  bool is_loopback() const noexcept;
};

// HOST:PORT with an IPv4 address or a name. Throws std::runtime_error.
endpoint resolve(const std::string& text);

class socket_stream {
 public:
  socket_stream() = default;
  ~socket_stream() { close(); }
  socket_stream(const socket_stream&) = delete;
  socket_stream& operator=(const socket_stream&) = delete;

  // Begins to connect; it is writable when connected. Connections to loopback come from 127.0.0.1, 127.0.0.2, …, a new address for
  // each 20,000, so that ports do not run out. Returns an error number, 0 when it is on its way.
  int connect(const endpoint& target);
  // How connecting ended: an error number, 0 when connected.
  int connected() const;

  void write_later(std::string_view bytes) { out_.append(bytes); }
  std::string& out() noexcept { return out_; }
  bool has_output() const noexcept { return written_ < out_.size(); }
  // Writes what can be written; an error number, 0 when all is well, also when something is left.
  int flush();

  void close();
  bool is_open() const noexcept { return fd_ >= 0; }
  int fd() const noexcept { return fd_; }

 private:
  int fd_ = -1;
  std::string out_;
  std::size_t written_ = 0;
};

// Lets the process open so many connections. Throws std::runtime_error.
void allow_connections(std::size_t count);

}  // namespace tidewire::load
