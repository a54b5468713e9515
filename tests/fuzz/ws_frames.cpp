// Frames of a WebSocket client, read with and without compression agreed to. The first two bytes seed how the rest is cut: however that is,
// the same events come out. Messages are within the limit, texts are UTF-8, and nothing follows a close or a broken rule.
#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "schemas/utf8.hpp"
#include "transport/frame_reader.hpp"

namespace {

using namespace tidewire;
using transport::frame_event;
using kind = frame_event::kind;

constexpr std::size_t message_bytes_max = 300;

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

template <class NextSize>
std::vector<frame_event> read(std::string bytes, inflater* inflate, NextSize next_size) {
  transport::frame_reader reader(message_bytes_max, inflate);
  std::vector<frame_event> events;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t size = std::min<std::size_t>(next_size(), bytes.size() - at);
    std::span<char> input(bytes.data() + at, size);
    while (auto event = reader.next(input)) events.push_back(std::move(*event));
    assert(input.empty());
    at += size;
  }
  return events;
}

void check(const frame_event& event, bool last) {
  switch (event.what) {
    case kind::message: assert(event.payload.size() <= message_bytes_max && (!event.text || is_utf8(event.payload))); break;
    case kind::ping:
    case kind::pong: assert(event.payload.size() <= 125); break;
    case kind::close:
      assert(last && event.payload.size() <= 123 && is_utf8(event.payload));
      assert(event.code == transport::no_close_code || (event.code >= 1000 && event.code < 5000));
      break;
    case kind::error: assert(last && (event.code == 1002 || event.code == 1007 || event.code == 1009)); break;
  }
}

void check_cuts(const std::string& bytes, inflater* inflate, unsigned seed) {
  const auto whole = read(bytes, inflate, [&] { return bytes.size(); });
  for (const auto& event : whole) check(event, &event == &whole.back());

  std::minstd_rand random(seed);
  const auto cut = read(bytes, inflate, [&] { return 1 + random() % 9; });
  assert(std::equal(whole.begin(), whole.end(), cut.begin(), cut.end(), [](const frame_event& a, const frame_event& b) {
    return a.what == b.what && a.text == b.text && a.code == b.code && a.payload == b.payload;
  }));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  static inflater inflate;  // shared by all connections of an I/O thread: nothing of one message may show in another
  const std::string bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const unsigned seed = static_cast<unsigned>(data[0]) << 8 | data[1];
  check_cuts(bytes, nullptr, seed);
  check_cuts(bytes, &inflate, seed);
  return 0;
}
