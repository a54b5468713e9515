// Server-sent events: however the bytes are cut, the same events come of them, and none is longer than allowed.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>

#include "schemas/protocol/event_stream_reader.hpp"

namespace {

constexpr std::size_t event_bytes_max = 256;

// Nothing: it was refused.
std::string told(std::string_view input, std::size_t piece) {
  tidewire::protocol::event_stream_reader reader(event_bytes_max);
  std::string out;
  for (std::size_t at = 0; at < input.size(); at += piece) {
    const auto fed = reader.feed(input.substr(at, piece), [&](const tidewire::protocol::server_event& each) {
      assert(each.data.size() <= event_bytes_max);
      out += each.name + '\1' + each.data + '\1' + each.id + '\2';
    });
    if (!fed) return "refused";
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto whole = told(input, size + 1);
  assert(told(input, 1) == whole);
  assert(told(input, 7) == whole);
  return 0;
}
