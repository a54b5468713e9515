#include "bench/load/parts/websocket.hpp"

#include <cstring>

namespace tidewire::load {
namespace {

std::uint64_t big_endian(const char* at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = (value << 8) | static_cast<unsigned char>(at[i]);
  return value;
}

// How long the header is whose first two bytes are there.
std::size_t header_size(const char* at) {
  const auto length = static_cast<unsigned char>(at[1]) & 0x7F;
  return length == 127 ? 10 : length == 126 ? 4 : 2;
}

}  // namespace

void append_client_frame(std::string& out, opcode kind, std::string_view payload, std::uint32_t key) {
  constexpr int masked = 0x80;
  out.push_back(static_cast<char>(0x80 | static_cast<int>(kind)));
  const auto size = payload.size();
  const auto length_bytes = size < 126 ? 0 : size < 65536 ? 2 : 8;
  out.push_back(static_cast<char>(masked | (length_bytes == 0 ? static_cast<int>(size) : length_bytes == 2 ? 126 : 127)));
  for (int shift = 8 * (length_bytes - 1); shift >= 0; shift -= 8) out.push_back(static_cast<char>(size >> shift));
  char mask[8];
  std::memcpy(mask, &key, 4);
  std::memcpy(mask + 4, &key, 4);
  out.append(mask, 4);

  const auto from = out.size();
  out.append(payload);
  std::uint64_t wide = 0;
  std::memcpy(&wide, mask, 8);
  auto* at = out.data() + from;
  auto left = size;
  for (; left >= 8; left -= 8, at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, 8);
    word ^= wide;
    std::memcpy(at, &word, 8);
  }
  for (std::size_t i = 0; i < left; ++i) at[i] = static_cast<char>(at[i] ^ mask[i]);
}

std::string upgrade_request(std::string_view host, std::string_view path, std::string_view subprotocol) {
  std::string out = "GET ";
  out.append(path).append(" HTTP/1.1\r\nHost: ").append(host);
  out += "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  if (!subprotocol.empty()) out.append("Sec-WebSocket-Protocol: ").append(subprotocol).append("\r\n");
  return out += "\r\n";
}

bool frame_splitter::take_header(char*& at, char* end) {
  const char* header = at;
  auto there = static_cast<std::size_t>(end - at);
  const auto before = header_.size();
  if (before > 0) {
    header_.append(at, there < 10 ? there : 10);
    header = header_.data();
    there = header_.size();
  }
  if (there < 2 || there < header_size(header)) {
    if (before == 0) header_.assign(at, there);
    return false;
  }
  const auto size = header_size(header);
  final_ = (header[0] & 0x80) != 0;
  kind_ = static_cast<opcode>(header[0] & 0x0F);
  left_ = size == 2 ? static_cast<unsigned char>(header[1]) & 0x7FU : big_endian(header + 2, size - 2);
  if ((header[0] & 0x70) != 0) complaint_ = "a WebSocket frame with reserved bits";
  if ((header[1] & 0x80) != 0) complaint_ = "a masked WebSocket frame";
  if (is_control(kind_) && left_ > 125) complaint_ = "a WebSocket control frame that is too long";
  in_header_ = false;
  at += size - before;
  header_.clear();
  return complaint_.empty();
}

}  // namespace tidewire::load
