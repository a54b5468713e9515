#include "schemas/frame_maker.hpp"

namespace tidewire {

frame_ptr frame_maker::make(framing form, frame_opcode opcode, std::string_view message) {
  if (form != framing::websocket && form != framing::deflated_websocket) return make_stream_frame(form, message);
  if (form == framing::websocket || message.size() < how_.min_size) return make_frame(opcode, message);
  if (!deflater_) deflater_.emplace(how_.level);
  scratch_.clear();
  deflater_->append_message(message, scratch_);
  return scratch_.size() < message.size() ? make_deflated_frame(opcode, scratch_) : make_frame(opcode, message);
}

}  // namespace tidewire
