#include "schemas/protocol/event_stream_reader.hpp"

#include <charconv>

namespace tidewire::protocol {

result<void> event_stream_reader::feed(std::string_view bytes, const std::function<void(const server_event&)>& each) {
  while (!bytes.empty()) {
    if (after_cr_ && bytes.front() == '\n') bytes.remove_prefix(1);
    after_cr_ = false;
    const auto end = bytes.find_first_of("\r\n");
    const auto part = bytes.substr(0, end);
    if (line_.size() + part.size() + next_.data.size() > event_bytes_max_)
      return fail(errc::payload_too_large, "an event of the stream is longer than " + std::to_string(event_bytes_max_) + " bytes");
    line_ += part;
    if (end == std::string_view::npos) return {};
    after_cr_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    take_line(each);
    line_.clear();
  }
  return {};
}

void event_stream_reader::take_line(const std::function<void(const server_event&)>& each) {
  std::string_view line = line_;
  if (first_line_ && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
  first_line_ = false;
  if (!line.empty()) {
    const auto colon = line.find(':');
    if (colon == 0) return;  // a comment
    auto value = colon == std::string_view::npos ? std::string_view{} : line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    return take_field(line.substr(0, colon), value);
  }
  if (has_data_) {
    if (next_.data.ends_with('\n')) next_.data.pop_back();
    each(next_);
  }
  next_.name.clear();
  next_.data.clear();
  has_data_ = false;
}

void event_stream_reader::take_field(std::string_view name, std::string_view value) {
  if (name == "event") next_.name = value;
  if (name == "data") {
    next_.data += value;
    next_.data += '\n';
    has_data_ = true;
  }
  if (name == "id" && value.find('\0') == std::string_view::npos) next_.id = value;
  if (name == "retry") {
    std::uint32_t ms = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), ms);
    if (error == std::errc{} && end == value.data() + value.size()) retry_ms_ = ms;
  }
}

}  // namespace tidewire::protocol
