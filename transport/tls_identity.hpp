// Who the server is to peers that speak TLS (RFC 8446, RFC 5246): a certificate with its chain, and the private key to it. It is replaced
// as a whole while connections come and go; those that are open keep what they began with.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "schemas/result.hpp"
#include "transport/tls_stream.hpp"

struct ssl_ctx_st;

namespace tidewire::transport {

struct tls_files {
  std::string certificate;  // PEM: the server's own first, then those that vouch for it
  std::string private_key;  // PEM, not encrypted

  bool operator==(const tls_files&) const = default;
};

class tls_identity {
 public:
  // Reads the files. Error: bad_request, which file is no good, why, and what to do.
  static result<std::shared_ptr<tls_identity>> open(const tls_files& files);

  // Reads these files; an error leaves what is there in place. Any thread.
  result<void> replace(const tls_files& files);

  // The server's side of a connection that begins on this socket, which the caller keeps open for as long. Null: there is no memory. Any
  // thread.
  std::unique_ptr<tls_stream> accept(int socket) const;

  // When the certificate ends: seconds since 1970.
  std::int64_t valid_until_s() const;

 private:
  struct loaded {
    std::shared_ptr<ssl_ctx_st> context;
    std::int64_t valid_until_s = 0;
  };
  static result<loaded> load(const tls_files& files);

  mutable std::mutex guard_;
  loaded now_;
};

}  // namespace tidewire::transport
