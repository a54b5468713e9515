#include "schemas/fossil_delta.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

namespace tidewire {
namespace {

constexpr std::size_t block = 16;      // shorter pieces are not looked for
constexpr std::size_t tries_max = 32;  // blocks of the base with the same hash
constexpr std::uint32_t multiplier = 0x01000193U;
constexpr auto none = std::numeric_limits<std::uint32_t>::max();

std::uint32_t octet(char c) noexcept { return static_cast<unsigned char>(c); }

// Of `block` bytes that move through a text.
class rolling_hash {
 public:
  explicit rolling_hash(std::string_view bytes) noexcept {
    for (std::size_t i = 0; i < block; ++i) value_ = value_ * multiplier + octet(bytes[i]);
    for (std::size_t i = 1; i < block; ++i) highest_ *= multiplier;
  }
  void roll(char leaves, char comes) noexcept { value_ = (value_ - octet(leaves) * highest_) * multiplier + octet(comes); }
  std::uint32_t value() const noexcept { return value_; }

 private:
  std::uint32_t value_ = 0;
  std::uint32_t highest_ = 1;  // weight of the byte that leaves
};

struct piece {
  std::size_t from = 0;  // in the base
  std::size_t at = 0;    // in the target
  std::size_t length = 0;
};

// The blocks of the base by their hash.
class block_index {
 public:
  explicit block_index(std::string_view base) : base_(base), next_(base.size() / block, none) {
    std::size_t buckets = 1;
    while (buckets < next_.size()) buckets *= 2;
    first_.assign(buckets, none);
    for (std::size_t i = next_.size(); i-- > 0;) {  // so that chains begin with the first block
      auto& bucket = bucket_of(rolling_hash(base.substr(i * block, block)).value());
      next_[i] = bucket;
      bucket = static_cast<std::uint32_t>(i);
    }
  }

  // The longest piece of the base that has the block of the target at `at` in it, and begins at `earliest` or later.
  piece longest(std::string_view target, std::size_t at, std::size_t earliest, std::uint32_t hash) {
    piece best;
    std::size_t tries = 0;
    for (auto i = bucket_of(hash); i != none && tries < tries_max; i = next_[i], ++tries) {
      const auto from = i * block;
      if (base_.substr(from, block) != target.substr(at, block)) continue;
      std::size_t before = 0;
      while (before < from && at - before > earliest && base_[from - before - 1] == target[at - before - 1]) ++before;
      const auto most = std::min(base_.size() - from, target.size() - at);
      std::size_t length = block;
      while (length < most && base_[from + length] == target[at + length]) ++length;
      if (before + length > best.length) best = {from - before, at - before, before + length};
    }
    return best;
  }

 private:
  std::uint32_t& bucket_of(std::uint32_t hash) { return first_[hash & (first_.size() - 1)]; }

  std::string_view base_;
  std::vector<std::uint32_t> first_;  // by hash
  std::vector<std::uint32_t> next_;   // by block
};

bool inside_code_point(std::string_view text, std::size_t at) noexcept { return at < text.size() && (octet(text[at]) & 0xC0U) == 0x80U; }

// Cuts the piece down to whole code points.
piece whole(piece cut, std::string_view target) noexcept {
  while (cut.length > 0 && inside_code_point(target, cut.at)) {
    ++cut.from;
    ++cut.at;
    --cut.length;
  }
  while (cut.length > 0 && inside_code_point(target, cut.at + cut.length)) --cut.length;
  return cut;
}

void append_number(std::string& out, std::size_t value) {
  static constexpr char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~";
  char reversed[12];
  std::size_t count = 0;
  do {
    reversed[count++] = digits[value & 0x3FU];
    value >>= 6U;
  } while (value != 0);
  while (count > 0) out += reversed[--count];
}

void append_insert(std::string& out, std::string_view bytes) {
  if (bytes.empty()) return;
  append_number(out, bytes.size());
  out += ':';
  out += bytes;
}

void append_copy(std::string& out, const piece& copied) {
  append_number(out, copied.length);
  out += '@';
  append_number(out, copied.from);
  out += ',';
}

// The sum of the text's 32-bit words, the first byte the highest; the last word is filled up with zeros.
std::uint32_t checksum(std::string_view text) noexcept {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < text.size(); ++i) sum += octet(text[i]) << (8U * (3U - i % 4U));
  return sum;
}

}  // namespace

std::optional<std::string> make_fossil_delta(std::string_view base, std::string_view target) {
  std::string delta;
  append_number(delta, target.size());
  delta += '\n';
  std::size_t done = 0;  // of the target
  if (base.size() >= block && target.size() >= block) {
    block_index known(base);
    rolling_hash hash(target);
    for (std::size_t at = 0;;) {
      const auto found = whole(known.longest(target, at, done, hash.value()), target);
      if (found.length >= block) {
        append_insert(delta, target.substr(done, found.at - done));
        append_copy(delta, found);
        done = found.at + found.length;
        if (delta.size() >= target.size() || target.size() - done < block) break;
        at = done;
        hash = rolling_hash(target.substr(at));
        continue;
      }
      if (at + block >= target.size()) break;
      hash.roll(target[at], target[at + block]);
      ++at;
    }
  }
  append_insert(delta, target.substr(done));
  append_number(delta, checksum(target));
  delta += ';';
  if (delta.size() >= target.size()) return std::nullopt;
  return delta;
}

}  // namespace tidewire
