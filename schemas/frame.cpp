#include "schemas/frame.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cstddef>

namespace tidewire {
namespace {

constexpr unsigned fin = 0x80;
constexpr unsigned rsv1 = 0x40;

frame_ptr make(unsigned first_octet, std::string_view payload) {
  auto made = std::make_shared<frame>();
  auto& bytes = made->bytes;
  const std::uint64_t size = payload.size();
  bytes.reserve(payload.size() + 10);
  bytes.push_back(static_cast<char>(first_octet));
  auto big_endian = [&](unsigned octets) {
    for (unsigned i = octets; i-- > 0;) bytes.push_back(static_cast<char>((size >> (8 * i)) & 0xFFU));
  };
  if (size < 126) {
    bytes.push_back(static_cast<char>(size));
  } else if (size <= 0xFFFF) {
    bytes.push_back(126);
    big_endian(2);
  } else {
    bytes.push_back(127);
    big_endian(8);
  }
  bytes.append(payload);
  return made;
}

}  // namespace

frame_ptr make_frame(frame_opcode opcode, std::string_view payload) { return make(fin | static_cast<unsigned>(opcode), payload); }

frame_ptr make_deflated_frame(frame_opcode opcode, std::string_view compressed) {
  assert(opcode == frame_opcode::text || opcode == frame_opcode::binary);
  return make(fin | rsv1 | static_cast<unsigned>(opcode), compressed);
}

frame_ptr make_stream_frame(framing form, std::string_view message) {
  assert(!message.empty());
  std::string body;
  switch (form) {
    case framing::lines: body.append(message).push_back('\n'); break;
    case framing::events:
      for (std::size_t at = 0; at < message.size();) {
        const auto end = std::min(message.find('\n', at), message.size());
        body.append("data: ").append(message.substr(at, end - at)).append("\n\n");
        at = end + 1;
      }
      break;
    default: body = message; break;
  }
  std::array<char, 16> size;
  const auto digits = std::to_chars(size.data(), size.data() + size.size(), body.size(), 16);
  auto made = std::make_shared<frame>();
  made->bytes.reserve(body.size() + 20);
  made->bytes.append(size.data(), digits.ptr).append("\r\n").append(body).append("\r\n");
  return made;
}

}  // namespace tidewire
