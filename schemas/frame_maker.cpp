#include "schemas/frame_maker.hpp"

namespace tidewire {

frame_ptr frame_maker::make_text(framing form, std::string_view message) {
  if (form != framing::websocket && form != framing::deflated_websocket) return make_stream_frame(form, message);
  if (form == framing::websocket || message.size() < how_.min_size) return make_frame(frame_opcode::text, message);
  if (!deflater_) deflater_.emplace(how_.level);
  scratch_.clear();
  deflater_->append_message(message, scratch_);
  return scratch_.size() < message.size() ? make_deflated_frame(frame_opcode::text, scratch_) : make_frame(frame_opcode::text, message);
}

}  // namespace tidewire
