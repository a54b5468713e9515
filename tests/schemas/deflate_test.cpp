#include "schemas/deflate.hpp"

#include <random>

#include "schemas/frame.hpp"
#include "tests/support/catch.hpp"

namespace tidewire {
namespace {

std::string compress(deflater& with, std::string_view payload) {
  std::string made;
  with.append_message(payload, made);
  return made;
}

std::string text_of(std::size_t size, unsigned seed) {
  std::minstd_rand random(seed);
  std::string text;
  while (text.size() < size) text += std::to_string(random() % 1'000) + ",";
  text.resize(size);
  return text;
}

}  // namespace

TEST_CASE("A message becomes the same bytes whatever was compressed before") {
  deflater used(1);
  for (const std::size_t size : {1U, 15U, 1'000U, 70'000U, 1'000'000U}) {
    deflater fresh(1);
    const auto text = text_of(size, 1);
    const auto made = compress(fresh, text);
    CHECK((compress(used, text) == made));
  }
  CHECK((compress(used, "") == std::string(1, '\0')));
}

TEST_CASE("What is compressed comes back, by one inflater for all, up to the limit") {
  inflater inflate;
  for (const int level : {1, 6, 9}) {
    deflater compressor(level);
    for (const std::size_t size : {0U, 1U, 255U, 256U, 257U, 65'536U, 3'000'000U}) {
      const auto text = text_of(size, static_cast<unsigned>(size));
      const auto made = compress(compressor, text);
      std::string read;
      CHECK(inflate.read_message(made, size, read) == inflater::outcome::done);
      CHECK((read == text));
      std::string over;
      if (size > 0) CHECK(inflate.read_message(made, size - 1, over) == inflater::outcome::too_big);
      std::string cut;
      if (size > 0) CHECK(inflate.read_message(made.substr(0, made.size() / 2), size, cut) == inflater::outcome::invalid);
    }
  }
}

TEST_CASE("A compressed frame says so in its first octet") {
  CHECK((make_deflated_frame(frame_opcode::text, "x")->bytes == "\xc1\x01x"));
  CHECK((make_deflated_frame(frame_opcode::binary, std::string(126, 'x'))->bytes.substr(0, 4) == std::string("\xc2\x7e\x00\x7e", 4)));
}

TEST_CASE("gzip has the header and the trailer of its format") {
  const auto made = gzip(text_of(10'000, 1), 6);
  REQUIRE(made.size() > 18);
  CHECK(made.size() < 6'000);
  CHECK(made.starts_with("\x1f\x8b\x08"));
  CHECK((made.substr(made.size() - 4) == std::string("\x10\x27\0\0", 4)));  // the length, 10,000
}

}  // namespace tidewire
