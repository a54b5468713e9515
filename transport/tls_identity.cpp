#include "transport/tls_identity.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <cstring>
#include <ctime>
#include <utility>

namespace tidewire::transport {
namespace {

// What OpenSSL has to say of the last failure; its queue is empty afterwards.
std::string last_reason() {
  std::array<char, 256> text{};
  const auto code = ERR_peek_last_error();
  ERR_clear_error();
  if (code == 0) return "unknown reason";
  if (const char* reason = ERR_reason_error_string(code)) return reason;
  ERR_error_string_n(code, text.data(), text.size());
  return text.data();
}

// Else OpenSSL would ask the terminal.
int no_password(char*, int, int, void*) { return 0; }

// HTTP/1.1 is all we speak (RFC 7301); who offers only others is refused.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* length, const unsigned char* offered, unsigned offered_length,
                    void*) {
  static constexpr std::array<unsigned char, 9> ours{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* found = nullptr;
  if (SSL_select_next_proto(&found, length, ours.data(), ours.size(), offered, offered_length) != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

std::int64_t end_of(const X509* certificate) {
  std::tm when{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &when) != 1) return 0;
  return ::timegm(&when);
}

}  // namespace

result<std::shared_ptr<tls_identity>> tls_identity::open(const tls_files& files) {
  auto made = std::make_shared<tls_identity>();
  if (const auto read = made->replace(files); !read) return tl::unexpected(read.error());
  return made;
}

result<void> tls_identity::replace(const tls_files& files) {
  auto fresh = load(files);
  if (!fresh) return tl::unexpected(fresh.error());
  const std::lock_guard lock(guard_);
  std::swap(now_, *fresh);
  return {};
}

result<tls_identity::loaded> tls_identity::load(const tls_files& files) {
  ERR_clear_error();
  loaded made{{SSL_CTX_new(TLS_server_method()), SSL_CTX_free}};
  auto* const context = made.context.get();
  if (!context) return fail(errc::internal, "TLS cannot begin: " + last_reason());
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context,
                      SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_mode(context, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // sessions are resumed by tickets, which the peers keep
  SSL_CTX_set_default_passwd_cb(context, no_password);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);

  if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1)
    return fail(errc::bad_request, "tls.certificate_file: \"" + files.certificate + "\" is no certificate in PEM: " + last_reason());
  if (SSL_CTX_use_PrivateKey_file(context, files.private_key.c_str(), SSL_FILETYPE_PEM) != 1) {
    const auto why = last_reason();
    if (why.find("mismatch") != std::string::npos)
      return fail(errc::bad_request, "tls.private_key_file: \"" + files.private_key + "\" is not the key of \"" + files.certificate + '"');
    return fail(errc::bad_request,
                "tls.private_key_file: \"" + files.private_key + "\" is no private key in PEM, or an encrypted one: " + why);
  }
  made.valid_until_s = end_of(SSL_CTX_get0_certificate(context));
  return made;
}

std::unique_ptr<tls_stream> tls_identity::accept(int socket) const {
  std::shared_ptr<ssl_ctx_st> context;
  {
    const std::lock_guard lock(guard_);
    context = now_.context;
  }
  return tls_stream::accept(*context, socket);
}

std::int64_t tls_identity::valid_until_s() const {
  const std::lock_guard lock(guard_);
  return now_.valid_until_s;
}

}  // namespace tidewire::transport
