// A reader of Fossil deltas, written from the description of the format alone, to judge what makes them.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tidewire::test {

class delta_reader {
 public:
  delta_reader(std::string_view base, std::string_view delta) : base_(base), rest_(delta) {}

  std::string read() {
    const auto length = number();
    expect('\n');
    std::string made;
    for (;;) {
      const auto count = number();
      const auto sign = take();
      if (sign == ';') {
        if (made.size() != length || !rest_.empty() || count != sum(made)) throw std::runtime_error("the end is wrong");
        return made;
      }
      if (sign == '@') {
        const auto from = number();
        expect(',');
        if (from + count > base_.size()) throw std::runtime_error("a copy leaves the base");
        made += base_.substr(from, count);
      } else if (sign == ':') {
        if (count > rest_.size()) throw std::runtime_error("an insert leaves the delta");
        made += rest_.substr(0, count);
        rest_.remove_prefix(count);
      } else {
        throw std::runtime_error("no such step");
      }
    }
  }

 private:
  static std::uint64_t sum(std::string_view text) {
    std::uint32_t words = 0;
    for (std::size_t i = 0; i < text.size(); i += 4) {
      std::uint32_t word = 0;
      for (std::size_t j = 0; j < 4; ++j) word = (word << 8U) | (i + j < text.size() ? static_cast<unsigned char>(text[i + j]) : 0U);
      words += word;
    }
    return words;
  }
  char take() {
    if (rest_.empty()) throw std::runtime_error("the delta is cut off");
    const auto next = rest_.front();
    rest_.remove_prefix(1);
    return next;
  }
  void expect(char wanted) {
    if (take() != wanted) throw std::runtime_error("a sign is missing");
  }
  std::uint64_t number() {
    static constexpr std::string_view digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~";
    std::uint64_t value = 0;
    while (!rest_.empty() && digits.find(rest_.front()) != std::string_view::npos) value = value * 64 + digits.find(take());
    return value;
  }

  std::string_view base_;
  std::string_view rest_;
};

// Throws std::runtime_error if it is no delta of that base.
inline std::string apply_delta(std::string_view base, std::string_view delta) { return delta_reader(base, delta).read(); }

}  // namespace tidewire::test
