// What is parsed and encoded on the way.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/micro/samples.hpp"
#include "schemas/api/publish_body.hpp"
#include "schemas/api/uri.hpp"
#include "schemas/api/views.hpp"
#include "schemas/apply.hpp"
#include "schemas/document.hpp"
#include "schemas/frame.hpp"
#include "schemas/frame_maker.hpp"
#include "schemas/protocol/dialect.hpp"
#include "schemas/protocol/msgpack_value.hpp"
#include "schemas/token.hpp"
#include "tests/support/token.hpp"

namespace {

using namespace tidewire;
using namespace tidewire::micro;
using protocol::subscription_type;

const limits bounds;

// ---- in

void decode_publish(benchmark::State& state, protocol::dialect as) {
  auto message = R"({"id":7,"publish":{"channel":"bench:0","data":)" + sample_document() + "}}";
  if (as == protocol::dialect::msgpack) {
    std::string bytes;
    protocol::append_msgpack_value(bytes, message);
    message = std::move(bytes);
  }
  for (auto _ : state) benchmark::DoNotOptimize(protocol::decode(as, message, bounds));
  per_item(state);
}

void decode_publish_command(benchmark::State& state) { decode_publish(state, protocol::dialect::json); }
BENCHMARK(decode_publish_command);

void decode_publish_command_msgpack(benchmark::State& state) { decode_publish(state, protocol::dialect::msgpack); }
BENCHMARK(decode_publish_command_msgpack);

void parse_target(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(api::split_target("/api/v1/rooms/bench%3A0/events"));
  per_item(state);
}
BENCHMARK(parse_target);

// 0: one publication; otherwise an array of so many.
void parse_publish_body(benchmark::State& state) {
  const auto items = static_cast<std::size_t>(state.range(0));
  const auto item = R"({"data":)" + sample_document() + "}";
  std::string body = items == 0 ? item : "[" + item;
  for (std::size_t i = 1; i < items; ++i) body += "," + item;
  if (items > 0) body += "]";
  const api::publish_context from{"application/json", room_name, ""};
  for (auto _ : state) benchmark::DoNotOptimize(api::parse_publish(from, body, bounds));
  per_item(state, std::max<std::size_t>(items, 1));
}
BENCHMARK(parse_publish_body)->Arg(0)->Arg(100);

void verify_token(benchmark::State& state) {
  const std::string secret(32, 's');
  const auto token = test::sign_token(secret, R"({"sub":"gateway-7","scope":"read publish","exp":4000000000})");
  for (auto _ : state) benchmark::DoNotOptimize(verify_connection_token(token, {secret, {}, {}}, 1'800'000'000));
  per_item(state);
}
BENCHMARK(verify_token);

// ---- what an entity decides

void merge_one_member(benchmark::State& state) {
  const auto document = sample_document();
  for (auto _ : state) benchmark::DoNotOptimize(merge_patch(document, R"({"attributes":{"celsius":22}})", bounds));
  per_item(state);
}
BENCHMARK(merge_one_member);

void increment_one_member(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(increment(R"({"type":"counter","state":"ok","count":17})", R"({"count":1})", bounds));
  per_item(state);
}
BENCHMARK(increment_one_member);

// A merge of one member, with precondition and tags: what an entity does for one change.
void apply_merge(benchmark::State& state) {
  const entity_document current{entity_key, 7, 0, sample_document(), {{"source", "hall-3"}, {"state", "ok"}, {"type", "thermometer"}}};
  operation wanted;
  wanted.key = entity_key;
  wanted.data = R"({"attributes":{"celsius":22}})";
  for (auto _ : state) benchmark::DoNotOptimize(tidewire::apply(wanted, &current, "e027256f37266527", bounds));
  per_item(state);
}
BENCHMARK(apply_merge);

// ---- out

void encode(benchmark::State& state, subscription_type type, const std::vector<change>& run,
            protocol::dialect as = protocol::dialect::json) {
  publication_ptr last;
  std::string out;
  for (auto _ : state) {
    out.clear();
    protocol::encode_run(as, *protocol::plain_view(type), {room_name}, run, last, bounds.run_bytes_max, out);
    benchmark::DoNotOptimize(out.data());
  }
  per_item(state, run.size());
}

void encode_run(benchmark::State& state) { encode(state, subscription_type::stream, sample_run(static_cast<std::size_t>(state.range(0)))); }
BENCHMARK(encode_run)->Arg(1)->Arg(16)->Arg(64);

void encode_run_msgpack(benchmark::State& state) {
  encode(state, subscription_type::stream, sample_run(static_cast<std::size_t>(state.range(0))), protocol::dialect::msgpack);
}
BENCHMARK(encode_run_msgpack)->Arg(1)->Arg(64);

void encode_map_publication(benchmark::State& state) { encode(state, subscription_type::map, sample_run(1, 1, true)); }
BENCHMARK(encode_map_publication);

void make_text_frame(benchmark::State& state) {
  const std::string payload(static_cast<std::size_t>(state.range(0)), 'x');
  for (auto _ : state) benchmark::DoNotOptimize(make_frame(frame_opcode::text, payload));
  per_item(state);
}
BENCHMARK(make_text_frame)->Arg(260)->Arg(16 * 260);

void encode_publish_reply(benchmark::State& state) {
  const protocol::any_result done = protocol::publish_result{};
  std::string out;
  for (auto _ : state) {
    out.clear();
    protocol::encode_reply(protocol::dialect::json, 7, done, out);
    benchmark::DoNotOptimize(out.data());
  }
  per_item(state);
}
BENCHMARK(encode_publish_reply);

// A page of 1,000 rows for a client that takes compressed messages. 0: its text is this client's alone; 1: it has been compressed for
// others.
void reply_with_page(benchmark::State& state) {
  std::vector<entity_ptr> rows;
  for (std::uint64_t i = 0; i < 1'000; ++i) {
    const auto document = R"({"type":"thermometer","source":"hall-)" + std::to_string(i % 7) +
                          R"(","state":"ok","attributes":{"celsius":)" + std::to_string(15 + static_cast<double>(i * 7'919 % 1'000) / 100) +
                          R"(,"humidity":)" + std::to_string(30 + i * 31 % 50) + "}}";
    rows.push_back(std::make_shared<const entity_document>(entity_document{"thermometer-" + std::to_string(i), i + 1, 0, document, {}}));
  }
  protocol::subscribe_result page;
  page.type = subscription_type::map;
  page.through = protocol::plain_view(page.type);
  page.state = std::move(rows);
  const protocol::any_result told = page;
  frame_maker frames({.enabled = true, .min_size = 256, .level = 1});
  message_text out;
  for (auto _ : state) {
    out = {};
    protocol::encode_reply(protocol::dialect::json, 7, told, out.bytes, &out.shared);
    if (state.range(0) == 0) out.shared.clear();
    benchmark::DoNotOptimize(frames.make(framing::deflated_websocket, frame_opcode::text, out.bytes, out.shared));
  }
  per_item(state);
}
BENCHMARK(reply_with_page)->Arg(0)->Arg(1);

void write_publish_answer(benchmark::State& state) {
  for (auto _ : state) {
    std::string out;
    api::write_publish_answer(out, {room_name, "e027256f37266527", 1'000'000, false});
    benchmark::DoNotOptimize(out.data());
  }
  per_item(state);
}
BENCHMARK(write_publish_answer);

}  // namespace
