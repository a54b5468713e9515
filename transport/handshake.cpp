#include "transport/handshake.hpp"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <memory>

#include "schemas/protocol/subprotocol.hpp"
#include "transport/deflate_offer.hpp"
#include "transport/http_text.hpp"
#include "transport/origin.hpp"
#include "transport/request_id.hpp"

namespace tidewire::transport {
namespace {

std::string base64(std::span<const unsigned char> bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  text.resize(static_cast<std::size_t>(
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(), static_cast<int>(bytes.size()))));
  return text;
}

std::string accept_key(std::string_view key) {
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return base64(digest);
}

// 16 bytes in base64.
bool is_key(std::string_view key) noexcept {
  return key.size() == 24 && key.ends_with("==") && std::all_of(key.begin(), key.end() - 2, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
         });
}

}  // namespace

bool asks_for_websocket(const http_request& request) noexcept {
  return list_holds(request, "connection", "upgrade") && list_holds(request, "upgrade", "websocket");
}

std::string_view choose_subprotocol(const http_request& request) noexcept {
  std::string_view chosen;
  for (const auto& field : request.headers) {
    if (field.name != "sec-websocket-protocol") continue;
    for_each_item(field.value, [&](std::string_view offered) {
      const auto* known = std::find(protocol::subprotocols.begin(), protocol::subprotocols.end(), offered);
      if (chosen.empty() && known != protocol::subprotocols.end()) chosen = *known;
    });
  }
  return chosen;
}

tl::expected<websocket_answer, http_response> accept_websocket(const http_request& request, std::span<const std::string> allowed_origins,
                                                               bool compression) {
  const auto refuse = [](http_response why) { return tl::unexpected<http_response>(std::move(why)); };
  if (request.method != "GET" || request.head) return refuse(make_problem(errc::bad_request, "a WebSocket upgrade is a GET"));
  if (request.find("sec-websocket-version") != "13") {
    auto why = make_problem(426, "only version 13 of the WebSocket protocol is spoken here");
    why.headers = {{"sec-websocket-version", "13"}, {"upgrade", "websocket"}};
    return refuse(std::move(why));
  }
  if (!is_key(request.find("sec-websocket-key")))
    return refuse(make_problem(errc::bad_request, "Sec-WebSocket-Key is not 16 bytes in base64"));
  if (!is_allowed_origin(request, allowed_origins)) {
    return refuse(make_problem(errc::permission_denied,
                               "pages of this origin may not connect; the server's option allowed_origins names those that may"));
  }
  const auto extension = choose_deflate(request);
  if (!extension) return refuse(make_problem(errc::bad_request, "Sec-WebSocket-Extensions is not a list of extensions"));
  auto answer = std::make_shared<frame>();
  answer->bytes = "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ";
  answer->bytes.append(accept_key(request.find("sec-websocket-key"))).append("\r\n");
  if (const auto chosen = choose_subprotocol(request); !chosen.empty())
    answer->bytes.append("sec-websocket-protocol: ").append(chosen).append("\r\n");
  answer->bytes.append(request_id_header).append(": ").append(request_id_of(request)).append("\r\n");
  const bool deflated = compression && !extension->empty();
  if (deflated) answer->bytes.append("sec-websocket-extensions: ").append(*extension).append("\r\n");
  answer->bytes.append("\r\n");
  return websocket_answer{std::move(answer), deflated ? framing::deflated_websocket : framing::websocket};
}

}  // namespace tidewire::transport
