#include "tests/transport/client_deflate.hpp"

#include <zlib.h>

#include <array>
#include <stdexcept>

namespace tidewire::test {
namespace {

Bytef* octets(std::string_view bytes) { return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data())); }

}  // namespace

std::string deflate_message(std::string_view text, bool final_block) {
  z_stream stream{};
  deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
  std::string out(text.size() + text.size() / 100 + 100, '\0');
  stream.next_in = octets(text);
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = octets(out);
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, final_block ? Z_FINISH : Z_SYNC_FLUSH);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  if (final_block) return out + '\0';  // RFC 7692 §7.2.3.4
  return out.substr(0, out.size() - 4);
}

message_inflater::message_inflater(int window_bits) : stream_(new z_stream{}) {
  inflateInit2(static_cast<z_stream*>(stream_), -window_bits);
}

message_inflater::~message_inflater() {
  inflateEnd(static_cast<z_stream*>(stream_));
  delete static_cast<z_stream*>(stream_);
}

// The window is kept: messages that do not depend on each other must be readable by those who keep it too.
std::string message_inflater::read(std::string_view compressed) {
  auto& stream = *static_cast<z_stream*>(stream_);
  const auto whole = std::string(compressed) + std::string("\0\0\xff\xff", 4);
  std::string out;
  std::array<char, 65'536> buffer;
  stream.next_in = octets(whole);
  stream.avail_in = static_cast<uInt>(whole.size());
  do {
    stream.next_out = octets({buffer.data(), buffer.size()});
    stream.avail_out = buffer.size();
    const int status = inflate(&stream, Z_SYNC_FLUSH);
    if (status != Z_OK && status != Z_BUF_ERROR) throw std::runtime_error("not a compressed message, or one with a final block");
    out.append(buffer.data(), buffer.size() - stream.avail_out);
  } while (stream.avail_out == 0 || stream.avail_in > 0);
  return out;
}

}  // namespace tidewire::test
