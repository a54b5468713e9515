// A text that many messages have in common, compressed once for all of them.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace tidewire {

class deflater;

// Immutable. Any thread.
class shared_text {
 public:
  // `kept`, which outlives it, counts what is kept of it.
  shared_text(std::string bytes, std::atomic<std::size_t>& kept);
  shared_text(const shared_text&) = delete;
  shared_text& operator=(const shared_text&) = delete;

  const std::string& bytes() const noexcept { return bytes_; }
  // Deflate blocks that stand for it (deflate.hpp), compressed if that makes them shorter. The first caller has `with` make them.
  const std::string& blocks(deflater& with) const;

 private:
  const std::string bytes_;
  std::atomic<std::size_t>& kept_;
  mutable std::once_flag made_;
  mutable std::string blocks_;
};

// Where in a message such a text begins.
struct shared_part {
  std::size_t at = 0;
  std::shared_ptr<const shared_text> text;
};
using shared_parts = std::vector<shared_part>;

// A message before it is framed.
struct message_text {
  std::string bytes;
  shared_parts shared{};  // in order
};

}  // namespace tidewire
