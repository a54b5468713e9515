// Messages that are put together from compressed and stored parts, as zlib reads them.
#include "schemas/frame_maker.hpp"

#include <zlib.h>

#include <random>

#include "tests/support/catch.hpp"

namespace tidewire {
namespace {

constexpr std::size_t min_size = 256;
constexpr compression_options how{.enabled = true, .min_size = min_size, .level = 1};

// Rows that look alike, as those of a page do.
std::string text_of(std::size_t size, unsigned seed = 1) {
  std::minstd_rand random(seed);
  std::string text;
  while (text.size() < size) text += R"({"key":"lamp-)" + std::to_string(random() % 1'000) + R"(","data":{"state":"on"}},)";
  text.resize(size);
  return text;
}

std::string noise_of(std::size_t size) {
  std::minstd_rand random(7);
  std::string noise(size, '\0');
  for (auto& each : noise) each = static_cast<char>(random() >> 8);
  return noise;
}

// A peer that keeps its window from one message to the next, for nobody told it to forget. After a final block it could not go on.
class peer {
 public:
  peer() { REQUIRE(inflateInit2(&stream_, -15) == Z_OK); }
  ~peer() { inflateEnd(&stream_); }
  peer(const peer&) = delete;
  peer& operator=(const peer&) = delete;

  std::string read(std::string payload, std::size_t size) {
    payload.append("\0\0\xFF\xFF", 4);
    std::string out(size + 64, '\0');
    stream_.next_in = reinterpret_cast<Bytef*>(payload.data());
    stream_.avail_in = static_cast<uInt>(payload.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    CHECK(inflate(&stream_, Z_SYNC_FLUSH) == Z_OK);
    CHECK(stream_.avail_in == 0);
    CHECK((stream_.data_type & 128) != 0);  // between two blocks
    out.resize(out.size() - stream_.avail_out);
    return out;
  }

 private:
  z_stream stream_{};
};

std::string payload_of(const frame& message) {
  const auto size = static_cast<unsigned char>(message.bytes[1]);
  return message.bytes.substr(size < 126 ? 2 : size == 126 ? 4 : 10);
}

bool is_compressed(const frame& message) { return (static_cast<unsigned char>(message.bytes[0]) & 0x40U) != 0; }

// A text that may be in many messages.
class common {
 public:
  explicit common(std::string bytes) : text_(std::make_shared<const shared_text>(std::move(bytes), kept)) {}

  const std::string& bytes() const { return text_->bytes(); }
  shared_part at(std::size_t position) const { return {position, text_}; }

  std::atomic<std::size_t> kept{0};

 private:
  std::shared_ptr<const shared_text> text_;
};

}  // namespace

TEST_CASE("A message of parts stands for all of them, in any order and of any length") {
  peer reads;
  deflater with(1);
  std::minstd_rand random(3);
  for (int round = 0; round < 50; ++round) {
    std::string message, payload;
    for (auto parts = random() % 6; parts > 0; --parts) {
      const std::size_t sizes[] = {0, 1, 5, 300, 65'535, 65'536, 200'000};
      const auto size = sizes[random() % std::size(sizes)];
      const auto part = random() % 4 == 0 ? noise_of(size) : text_of(size, static_cast<unsigned>(random()));
      random() % 2 == 0 ? append_stored(part, payload) : with.append_blocks(part, payload);
      message += part;
    }
    end_message(payload);
    CHECK((reads.read(payload, message.size()) == message));
  }
}

TEST_CASE("What does not get shorter is stored") {
  deflater with(9);
  const auto noise = noise_of(100'000);
  std::string blocks;
  with.append_blocks(noise, blocks);
  CHECK(blocks.size() == noise.size() + 2 * 5);
}

TEST_CASE("A text in many messages is compressed once, and costs each of them a few bytes") {
  std::atomic<std::uint64_t> deflated{0};
  const common page(text_of(50'000));
  CHECK(page.kept == page.bytes().size());
  for (int thread = 0; thread < 3; ++thread) {
    frame_maker frames(how, &deflated);
    peer reads;
    for (int id = 1; id < 40; ++id) {
      const std::string head = R"({"id":)" + std::to_string(id) + R"(,"subscribe":{"state":)";
      const auto message = head + page.bytes() + R"(,"offset":300}})";
      const auto made = frames.make(framing::deflated_websocket, frame_opcode::text, message, {page.at(head.size())});
      REQUIRE(is_compressed(*made));
      CHECK((reads.read(payload_of(*made), message.size()) == message));

      frame_maker alone(how);
      const auto usual = alone.make(framing::deflated_websocket, frame_opcode::text, message);
      CHECK(made->bytes.size() < usual->bytes.size() + message.size() - page.bytes().size() + 20);
    }
  }
  CHECK(deflated == page.bytes().size());
  CHECK(page.kept > page.bytes().size());
  CHECK(page.kept < 2 * page.bytes().size());
}

TEST_CASE("Several replies in one message, and a long part that nobody shares") {
  std::atomic<std::uint64_t> deflated{0};
  frame_maker frames(how, &deflated);
  peer reads;
  const common one(text_of(5'000, 1)), other(text_of(3'000, 2));
  const auto own = text_of(2'000, 3);
  for (int round = 0; round < 3; ++round) {
    const auto message = "<" + one.bytes() + other.bytes() + own + one.bytes();
    const auto at = [&](std::size_t before) { return 1 + before; };
    const auto made =
        frames.make(framing::deflated_websocket, frame_opcode::text, message, {one.at(at(0)), other.at(at(5'000)), one.at(at(10'000))});
    CHECK((reads.read(payload_of(*made), message.size()) == message));
    CHECK(made->bytes.size() < message.size() / 3);
  }
  CHECK(deflated == 5'000 + 3'000 + 3 * 2'000);
}

TEST_CASE("What is not where it is said to be, or is too short, is compressed with the rest") {
  peer reads;
  frame_maker frames(how);
  const common page(text_of(5'000)), brief(text_of(min_size - 1));
  const auto message = "<" + page.bytes() + brief.bytes() + ">";
  const std::vector<shared_parts> wrong{
      {page.at(0)}, {page.at(2)}, {page.at(message.size())}, {page.at(message.size() + 1)}, {brief.at(5'001)}, {page.at(1), page.at(1)}};
  frame_maker alone(how);
  const auto usual = alone.make(framing::deflated_websocket, frame_opcode::text, message);
  for (const auto& parts : wrong) {
    const auto made = frames.make(framing::deflated_websocket, frame_opcode::text, message, parts);
    CHECK((reads.read(payload_of(*made), message.size()) == message));
    if (parts.size() == 1) CHECK((made->bytes == usual->bytes));
  }
}

TEST_CASE("A message goes out as it is where nothing is gained, and to peers who do not decompress") {
  std::atomic<std::uint64_t> deflated{0};
  frame_maker frames(how, &deflated);
  const common noise(noise_of(70'000));
  const auto message = "<" + noise.bytes() + ">";
  for (int round = 0; round < 3; ++round) {
    const auto made = frames.make(framing::deflated_websocket, frame_opcode::binary, message, {noise.at(1)});
    CHECK((made->bytes == make_frame(frame_opcode::binary, message)->bytes));
  }
  CHECK(deflated == noise.bytes().size());  // tried once
  const common page(text_of(5'000));
  CHECK((frames.make(framing::websocket, frame_opcode::text, page.bytes(), {page.at(0)})->bytes ==
         make_frame(frame_opcode::text, page.bytes())->bytes));
  CHECK((frames.make(framing::lines, frame_opcode::text, page.bytes(), {page.at(0)})->bytes ==
         make_stream_frame(framing::lines, page.bytes())->bytes));
}

}  // namespace tidewire
