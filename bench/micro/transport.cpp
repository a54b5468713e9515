// What transport does with bytes, without sockets.
#include <benchmark/benchmark.h>

#include <array>
#include <string>
#include <utility>

#include "bench/micro/samples.hpp"
#include "schemas/limits.hpp"
#include "transport/byte_count.hpp"
#include "transport/frame_queue.hpp"
#include "transport/frame_reader.hpp"
#include "transport/http_text.hpp"
#include "transport/request_reader.hpp"

namespace {

using namespace tidewire;
using namespace tidewire::micro;

const limits bounds;

// A masked text frame, as a client sends it.
std::string client_frame(std::string_view payload) {
  constexpr std::array<char, 4> mask{0x12, 0x34, 0x56, 0x78};
  std::string bytes{static_cast<char>(0x81), static_cast<char>(0x80 | 126), static_cast<char>(payload.size() >> 8U),
                    static_cast<char>(payload.size() & 0xFFU)};
  bytes.append(mask.data(), mask.size());
  for (std::size_t i = 0; i < payload.size(); ++i) bytes.push_back(static_cast<char>(payload[i] ^ mask[i % mask.size()]));
  return bytes;
}

// So many messages in one read. Reading unmasks in place, so the input is copied first, as the kernel would.
void read_messages(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  const auto one = client_frame(R"({"id":7,"publish":{"channel":"bench:0","data":)" + sample_document() + "}}");
  std::string sent;
  for (std::size_t i = 0; i < count; ++i) sent += one;
  std::string buffer(sent.size(), '\0');
  transport::frame_reader reader(bounds.message_bytes_max);
  for (auto _ : state) {
    sent.copy(buffer.data(), sent.size());
    std::span<char> input(buffer);
    while (auto event = reader.next(input)) benchmark::DoNotOptimize(event->payload.data());
  }
  per_item(state, count);
}
BENCHMARK(read_messages)->Arg(1)->Arg(64);

// So many frames through the queue of one outbox, by one write.
void queue_frames(benchmark::State& state) {
  const auto ready = make_frame(frame_opcode::text, std::string(260, 'x'));
  const auto count = static_cast<std::size_t>(state.range(0));
  transport::byte_count total;
  transport::frame_queue queue(total);
  std::array<iovec, 128> buffers;
  for (auto _ : state) {
    for (std::size_t i = 0; i < count; ++i) queue.push(ready);
    benchmark::DoNotOptimize(queue.gather(buffers));
    queue.written(queue.bytes());
  }
  per_item(state, count);
}
BENCHMARK(queue_frames)->Arg(1)->Arg(16)->Arg(64);

void read_http_request(benchmark::State& state) {
  const auto body = R"({"data":)" + sample_document() + "}";
  const auto sent =
      "POST /api/v1/rooms/bench%3A0/events HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nContent-Type: application/json\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body;
  transport::request_reader reader(bounds.http_header_bytes_max, bounds.http_body_bytes_max);
  for (auto _ : state) {
    std::string_view input = sent;
    if (reader.feed(input) != transport::request_reader::progress::complete) state.SkipWithError("not a request");
    benchmark::DoNotOptimize(std::exchange(reader.request(), {}));
    reader.reset();
  }
  per_item(state);
}
BENCHMARK(read_http_request);

void write_response_head(benchmark::State& state) {
  const transport::http_response response{200, "application/json", {{"cache-control", "no-store"}}, std::string(70, 'x')};
  for (auto _ : state) benchmark::DoNotOptimize(transport::make_response_head(response, true));
  per_item(state);
}
BENCHMARK(write_response_head);

}  // namespace
