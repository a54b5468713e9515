#include "schemas/frame_maker.hpp"

namespace tidewire {

frame_ptr frame_maker::make(framing form, frame_opcode opcode, std::string_view message, const shared_parts& shared) {
  if (form != framing::websocket && form != framing::deflated_websocket) return make_stream_frame(form, message);
  if (form == framing::websocket || message.size() < how_.min_size) return make_frame(opcode, message);
  if (!deflater_) deflater_.emplace(how_.level);
  const auto before = deflater_->taken();
  scratch_.clear();
  compress(message, shared);
  if (deflated_ != nullptr) deflated_->fetch_add(deflater_->taken() - before, std::memory_order_relaxed);
  return scratch_.size() < message.size() ? make_deflated_frame(opcode, scratch_) : make_frame(opcode, message);
}

void frame_maker::compress(std::string_view message, const shared_parts& shared) {
  std::size_t done = 0;
  for (const auto& [at, text] : shared) {
    const auto& bytes = text->bytes();
    if (bytes.size() < how_.min_size || at < done || at > message.size() || !message.substr(at).starts_with(bytes)) continue;
    append_own(message.substr(done, at - done));
    scratch_ += text->blocks(*deflater_);
    done = at + bytes.size();
  }
  if (done == 0) return deflater_->append_message(message, scratch_);
  append_own(message.substr(done));
  end_message(scratch_);
}

// What stands around the shared parts is mostly a few names and numbers.
void frame_maker::append_own(std::string_view part) {
  part.size() < how_.min_size ? append_stored(part, scratch_) : deflater_->append_blocks(part, scratch_);
}

}  // namespace tidewire
