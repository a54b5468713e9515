#include "schemas/shared_text.hpp"

#include "schemas/deflate.hpp"

namespace tidewire {

shared_text::shared_text(std::string bytes, std::atomic<std::size_t>& kept) : bytes_(std::move(bytes)), kept_(kept) {
  kept_.fetch_add(bytes_.size(), std::memory_order_relaxed);
}

const std::string& shared_text::blocks(deflater& with) const {
  std::call_once(made_, [&] {
    with.append_blocks(bytes_, blocks_);
    blocks_.shrink_to_fit();
    kept_.fetch_add(blocks_.size(), std::memory_order_relaxed);
  });
  return blocks_;
}

}  // namespace tidewire
