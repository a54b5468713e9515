#include "schemas/deflate.hpp"

#include <zlib.h>

#include <algorithm>
#include <cassert>
#include <new>

namespace tidewire {
namespace {

constexpr int raw_window = -15;       // no header and no checksum around the blocks
constexpr int gzip_window = 15 + 16;  // those of gzip
constexpr int memory_level = 8;       // zlib's own default
constexpr std::string_view flush_tail("\x00\x00\xFF\xFF", 4);
constexpr std::size_t least_room = 256;

Bytef* octets(std::string_view bytes) noexcept { return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data())); }

// zlib fails here only for want of memory.
void require(int status) {
  if (status != Z_OK) throw std::bad_alloc();
}

// Compresses all of `bytes` behind `out`.
void deflate_all(z_stream& stream, std::string_view bytes, int flush, std::string& out) {
  stream.next_in = octets(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  auto end = out.size();
  do {
    out.resize(end + std::max<std::size_t>(deflateBound(&stream, stream.avail_in), 64));
    stream.next_out = octets(out) + end;
    stream.avail_out = static_cast<uInt>(out.size() - end);
    deflate(&stream, flush);
    end = out.size() - stream.avail_out;
  } while (stream.avail_out == 0);
  out.resize(end);
}

}  // namespace

deflater::deflater(int level) : stream_(std::make_unique<z_stream_s>()) {
  require(deflateInit2(stream_.get(), level, Z_DEFLATED, raw_window, memory_level, Z_DEFAULT_STRATEGY));
}

deflater::~deflater() { deflateEnd(stream_.get()); }

void deflater::append_message(std::string_view payload, std::string& out) {
  if (payload.empty()) {
    out.push_back('\0');
    return;
  }
  compress(payload, out);
  out.resize(out.size() - flush_tail.size());
}

void deflater::append_blocks(std::string_view bytes, std::string& out) {
  const auto before = out.size();
  compress(bytes, out);
  if (out.size() - before < bytes.size()) return;
  out.resize(before);
  append_stored(bytes, out);
}

void deflater::compress(std::string_view bytes, std::string& out) {
  taken_ += bytes.size();
  deflateReset(stream_.get());
  deflate_all(*stream_, bytes, Z_SYNC_FLUSH, out);
  assert(out.ends_with(flush_tail));
}

void append_stored(std::string_view bytes, std::string& out) {
  constexpr std::size_t block_bytes_max = 0xFFFF;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), block_bytes_max))) {
    const auto size = std::min(bytes.size(), block_bytes_max);
    const auto little_endian = [&](std::size_t number) {
      out.push_back(static_cast<char>(number & 0xFFU));
      out.push_back(static_cast<char>((number >> 8) & 0xFFU));
    };
    out.push_back('\0');
    little_endian(size);
    little_endian(~size);
    out.append(bytes.substr(0, size));
  }
}

inflater::inflater() : stream_(std::make_unique<z_stream_s>()) { require(inflateInit2(stream_.get(), raw_window)); }

inflater::~inflater() { inflateEnd(stream_.get()); }

inflater::outcome inflater::read_message(std::string_view payload, std::size_t bytes_max, std::string& out) {
  assert(out.empty());
  inflateReset(stream_.get());
  at_boundary_ = true;
  if (const auto first = feed(payload, bytes_max, out); first != outcome::done) return first;
  const bool ended = at_boundary_;  // by a final block: whether the tail fits behind it does not matter
  const auto last = feed(flush_tail, bytes_max, out);
  return last == outcome::done && !at_boundary_ && !ended ? outcome::invalid : last;
}

inflater::outcome inflater::feed(std::string_view part, std::size_t bytes_max, std::string& out) {
  constexpr int boundary_bit = 128;  // of data_type, see zlib.h at inflate()
  if (part.empty()) return outcome::done;
  auto& stream = *stream_;
  stream.next_in = octets(part);
  stream.avail_in = static_cast<uInt>(part.size());
  auto end = out.size();
  for (;;) {
    const auto room = std::max({least_room, std::size_t{stream.avail_in} * 4, end});
    out.resize(end + std::min(room, bytes_max + 1 - end));  // one byte over the limit tells whether there is more
    stream.next_out = octets(out) + end;
    stream.avail_out = static_cast<uInt>(out.size() - end);
    const int status = inflate(&stream, Z_SYNC_FLUSH);
    end = out.size() - stream.avail_out;
    out.resize(end);
    if (end > bytes_max) return outcome::too_big;
    if (status == Z_STREAM_END) {  // a final block; another stream may follow
      inflateReset(&stream);
      at_boundary_ = true;
      if (stream.avail_in == 0) return outcome::done;
      continue;
    }
    if (status != Z_OK && status != Z_BUF_ERROR) return outcome::invalid;
    if (stream.avail_in == 0 && stream.avail_out > 0) {
      at_boundary_ = (stream.data_type & boundary_bit) != 0;
      return outcome::done;
    }
  }
}

std::string gzip(std::string_view bytes, int level) {
  z_stream stream{};
  require(deflateInit2(&stream, level, Z_DEFLATED, gzip_window, memory_level, Z_DEFAULT_STRATEGY));
  std::string out;
  deflate_all(stream, bytes, Z_FINISH, out);
  deflateEnd(&stream);
  return out;
}

}  // namespace tidewire
