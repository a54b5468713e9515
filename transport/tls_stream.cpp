#include "transport/tls_stream.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace tidewire::transport {
namespace {

// Plain bytes of one record at most (RFC 8446 §5.1).
constexpr std::size_t record_bytes_max = 16'384;
constexpr std::size_t gather_max = 128;

}  // namespace

// OpenSSL's own socket BIO would raise SIGPIPE.
struct tls_stream::bio_methods {
  static traffic& of(BIO* bio) { return *static_cast<traffic*>(BIO_get_data(bio)); }

  static int write(BIO* bio, const char* bytes, int size) {
    auto& over = of(bio);
    BIO_clear_retry_flags(bio);
    ssize_t sent = 0;
    do {
      sent = ::send(over.socket, bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (sent < 0 && errno == EINTR);
    if (sent >= 0)
      over.written += static_cast<std::uint64_t>(sent);
    else if (errno == EAGAIN || errno == EWOULDBLOCK)
      BIO_set_retry_write(bio);
    return static_cast<int>(sent);
  }

  static int read(BIO* bio, char* into, int size) {
    BIO_clear_retry_flags(bio);
    ssize_t got = 0;
    do {
      got = ::recv(of(bio).socket, into, static_cast<std::size_t>(size), MSG_DONTWAIT);
    } while (got < 0 && errno == EINTR);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) BIO_set_retry_read(bio);
    return static_cast<int>(got);
  }

  static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

  // One for the process; null if there was no memory.
  static const BIO_METHOD* get() {
    static const std::unique_ptr<BIO_METHOD, void (*)(BIO_METHOD*)> made = [] {
      std::unique_ptr<BIO_METHOD, void (*)(BIO_METHOD*)> methods(
          BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "tidewire socket"), BIO_meth_free);
      if (methods) {
        BIO_meth_set_write(methods.get(), write);
        BIO_meth_set_read(methods.get(), read);
        BIO_meth_set_ctrl(methods.get(), control);
      }
      return methods;
    }();
    return made.get();
  }
};

void tls_stream::free_ssl::operator()(ssl_st* over) const noexcept { SSL_free(over); }

tls_stream::tls_stream(std::unique_ptr<traffic> over, std::unique_ptr<ssl_st, free_ssl> made)
    : traffic_(std::move(over)), ssl_(std::move(made)) {}

std::unique_ptr<tls_stream> tls_stream::accept(ssl_ctx_st& context, int socket) {
  const auto* methods = bio_methods::get();
  std::unique_ptr<ssl_st, free_ssl> ssl(SSL_new(&context));
  auto* const bio = methods ? BIO_new(methods) : nullptr;
  if (!ssl || !bio) {
    BIO_free(bio);
    ERR_clear_error();
    return nullptr;
  }
  auto over = std::make_unique<traffic>(traffic{socket});
  BIO_set_data(bio, over.get());
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl.get(), bio, bio);  // it owns it now
  SSL_set_accept_state(ssl.get());
  return std::unique_ptr<tls_stream>(new tls_stream(std::move(over), std::move(ssl)));
}

// What SSL_read has met when it returned this, 0 or less.
socket_outcome tls_stream::unread(int returned) {
  const auto why = SSL_get_error(ssl_.get(), returned);
  waits_to_write_ = why == SSL_ERROR_WANT_WRITE;
  if (waits_to_write_ || why == SSL_ERROR_WANT_READ) return socket_outcome::blocked;
  return why == SSL_ERROR_ZERO_RETURN ? socket_outcome::ended : socket_outcome::broken;
}

received tls_stream::receive(std::span<char> into) {
  std::size_t bytes = 0;
  while (bytes < into.size()) {
    ERR_clear_error();
    const int got = SSL_read(ssl_.get(), into.data() + bytes, static_cast<int>(std::min(into.size() - bytes, record_bytes_max)));
    if (got <= 0) {
      const auto what = unread(got);
      return bytes > 0 ? received{socket_outcome::done, bytes} : received{what};  // what is wrong will be so the next time
    }
    bytes += static_cast<std::size_t>(got);
  }
  return {socket_outcome::done, bytes};
}

socket_outcome tls_stream::write(std::string_view record) {
  ERR_clear_error();
  const int sent = SSL_write(ssl_.get(), record.data(), static_cast<int>(record.size()));
  if (sent > 0) return socket_outcome::done;  // a record is written whole
  return SSL_get_error(ssl_.get(), sent) == SSL_ERROR_WANT_WRITE ? socket_outcome::blocked : socket_outcome::broken;
}

socket_outcome tls_stream::flush(frame_queue& queue) {
  if (SSL_is_init_finished(ssl_.get()) == 0) return queue.empty() ? socket_outcome::done : socket_outcome::broken;
  if (!held_.empty()) {
    if (const auto went = write(held_); went != socket_outcome::done) return went;
    held_ = {};
  }
  std::array<iovec, gather_max> buffers;
  std::array<char, record_bytes_max> record;
  while (!queue.empty()) {
    std::size_t size = 0;
    for (const auto& each : std::span(buffers).first(queue.gather(buffers))) {
      const auto part = std::min(each.iov_len, record.size() - size);
      std::copy_n(static_cast<const char*>(each.iov_base), part, record.data() + size);
      size += part;
      if (size == record.size()) break;
    }
    queue.written(size);
    if (const auto went = write({record.data(), size}); went != socket_outcome::done) {
      if (went == socket_outcome::blocked) held_.assign(record.data(), size);
      return went;
    }
  }
  return socket_outcome::done;
}

bool tls_stream::has_buffered() const noexcept { return SSL_pending(ssl_.get()) > 0; }

void tls_stream::end_writing() {
  ERR_clear_error();
  if (SSL_is_init_finished(ssl_.get()) != 0) SSL_shutdown(ssl_.get());  // what the socket does not take is lost: the peer sees its end
  ERR_clear_error();
}

}  // namespace tidewire::transport
