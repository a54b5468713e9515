#include "schemas/frame.hpp"

#include <cassert>
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

}  // namespace tidewire
