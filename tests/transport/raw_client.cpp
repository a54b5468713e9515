#include "tests/transport/raw_client.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace tidewire::test {
namespace {

[[noreturn]] void give_up(const std::string& what) { throw std::runtime_error(what); }

constexpr int patience_ms = 10'000;

}  // namespace

raw_client::raw_client(std::uint16_t port, std::string_view host, int receive_buffer_bytes) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (::getaddrinfo(std::string(host).c_str(), std::to_string(port).c_str(), &wanted, &found) != 0) give_up("no such address");
  socket_ = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (receive_buffer_bytes > 0) ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const int failed = ::connect(socket_, found->ai_addr, found->ai_addrlen);
  ::freeaddrinfo(found);
  if (failed != 0) give_up("cannot connect");
}

raw_client::~raw_client() { ::close(socket_); }

void raw_client::send(std::string_view bytes, std::size_t piece) {
  while (!bytes.empty()) {
    const auto now = bytes.substr(0, piece == 0 ? bytes.size() : piece);
    const auto sent = ::send(socket_, now.data(), now.size(), MSG_NOSIGNAL);
    if (sent < 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void raw_client::end_sending() { ::shutdown(socket_, SHUT_WR); }

// False: the server has hung up.
bool raw_client::fill() {
  pollfd waiting{socket_, POLLIN, 0};
  if (::poll(&waiting, 1, patience_ms) <= 0) give_up("the server is silent; so far it said: " + read_.substr(0, 200));
  std::array<char, 65'536> buffer;
  const auto got = ::recv(socket_, buffer.data(), buffer.size(), 0);
  if (got < 0) reset_ = true;
  if (got > 0) read_.append(buffer.data(), static_cast<std::size_t>(got));
  return got > 0;
}

std::string raw_client::read_through(std::string_view mark) {
  auto at = read_.find(mark);
  while (at == std::string::npos) {
    if (!fill()) give_up("the server hung up; it said: " + read_.substr(0, 200));
    at = read_.find(mark);
  }
  auto result = read_.substr(0, at + mark.size());
  read_.erase(0, at + mark.size());
  return result;
}

std::string raw_client::read_exactly(std::size_t count) {
  while (read_.size() < count) {
    if (!fill()) give_up("the server hung up; it said: " + read_.substr(0, 200));
  }
  auto result = read_.substr(0, count);
  read_.erase(0, count);
  read_.shrink_to_fit();  // one test counts bytes
  return result;
}

std::string raw_client::read_to_end() {
  while (fill()) continue;
  return std::exchange(read_, {});
}

bool raw_client::at_end() { return read_.empty() && !fill(); }

std::string http_answer::find(std::string_view name) const {
  const auto at = head.find("\r\n" + std::string(name) + ": ");
  if (at == std::string::npos) return {};
  const auto begin = at + name.size() + 4;
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

http_answer read_answer(raw_client& client, bool to_head) {
  http_answer answer;
  answer.head = client.read_through("\r\n\r\n");
  if (!answer.head.starts_with("HTTP/1.1 ")) give_up("not a response: " + answer.head);
  answer.status = std::stoi(answer.head.substr(9, 3));
  const auto length = answer.find("content-length");
  if (!to_head && !length.empty()) answer.body = client.read_exactly(std::stoul(length));
  return answer;
}

std::string open_websocket(raw_client& client, std::string_view path, std::string_view headers) {
  client.send("GET " + std::string(path) +
              " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
              std::string(headers) + "\r\n");
  const auto answer = read_answer(client);
  // The example of RFC 6455 §1.3.
  if (answer.status != 101 || answer.find("sec-websocket-accept") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") give_up(answer.head + answer.body);
  return answer.find("sec-websocket-extensions");
}

std::optional<server_frame> read_frame(raw_client& client) {
  if (client.at_end()) return std::nullopt;
  const auto start = client.read_exactly(2);
  const auto octet = [](char c) { return static_cast<unsigned>(static_cast<unsigned char>(c)); };
  if ((octet(start[0]) & 0xB0U) != 0x80 || (octet(start[1]) & 0x80U) != 0) give_up("a server frame must be whole and unmasked");
  std::uint64_t size = octet(start[1]);
  if (size >= 126) {
    const auto extended = client.read_exactly(size == 126 ? 2 : 8);
    size = 0;
    for (const char c : extended) size = size << 8 | octet(c);
  }
  return server_frame{static_cast<std::uint8_t>(octet(start[0]) & 0x0FU), client.read_exactly(size), (octet(start[0]) & 0x40U) != 0};
}

std::string client_frame(unsigned first_octet, std::string_view payload, frame_options options) {
  const std::uint64_t size = payload.size();
  const unsigned mask_bit = options.masked ? 0x80 : 0;
  std::string out;
  const auto put = [&](std::uint64_t value, unsigned octets) {
    for (unsigned i = octets; i-- > 0;) out.push_back(static_cast<char>((value >> (8 * i)) & 0xFFU));
  };
  put(first_octet, 1);
  if (size < 126) {
    put(mask_bit | size, 1);
  } else if (size < 0x1'0000) {
    put(mask_bit | 126, 1);
    put(size, 2);
  } else {
    put(mask_bit | 127, 1);
    put(size, 8);
  }
  if (!options.masked) return out.append(payload);
  put(options.key, 4);
  for (std::size_t i = 0; i < payload.size(); ++i) {
    out.push_back(static_cast<char>(static_cast<unsigned char>(payload[i]) ^ (options.key >> (8 * (3 - i % 4)) & 0xFFU)));
  }
  return out;
}

std::string close_payload(unsigned code, std::string_view reason) {
  std::string payload;
  payload.push_back(static_cast<char>(code >> 8));
  payload.push_back(static_cast<char>(code & 0xFFU));
  return payload.append(reason);
}

}  // namespace tidewire::test
