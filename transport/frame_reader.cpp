#include "transport/frame_reader.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include "schemas/limit_hits.hpp"

namespace tidewire::transport {
namespace {

constexpr std::size_t control_bytes_max = 125;

constexpr unsigned rsv1 = 0x40, rsv2 = 0x20, rsv3 = 0x10;

enum opcode : std::uint8_t { continuation = 0x0, text = 0x1, binary = 0x2, close = 0x8, ping = 0x9, pong = 0xA };

// XORs with the key, which is rotated so that key[0] meets bytes[0].
void unmask(std::span<char> bytes, std::array<std::uint8_t, 4> key) noexcept {
  std::uint64_t wide = 0;
  std::memcpy(&wide, key.data(), 4);
  std::memcpy(reinterpret_cast<char*>(&wide) + 4, key.data(), 4);
  std::size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, 8);
    word ^= wide;
    std::memcpy(bytes.data() + at, &word, 8);
  }
  for (; at < bytes.size(); ++at) bytes[at] = static_cast<char>(static_cast<std::uint8_t>(bytes[at]) ^ key[at % 4]);
}

// Codes that may stand in a close frame: RFC 6455 §7.4 and the IANA registry.
bool may_be_sent(std::uint16_t code) noexcept {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

}  // namespace

std::optional<frame_event> frame_reader::next(std::span<char>& input) {
  while (stage_ != stage::ended) {
    if (stage_ == stage::header) {
      if (auto broken = take_header(input)) return refuse(*broken);
      if (stage_ == stage::header) return std::nullopt;
    }
    if (auto broken = take_payload(input)) return refuse(*broken);
    if (left_ > 0) return std::nullopt;
    if (auto event = finish_frame()) return event;
  }
  input = {};
  return std::nullopt;
}

std::optional<close_code> frame_reader::take_header(std::span<char>& input) {
  while (header_size_ < header_needed_) {
    if (input.empty()) return std::nullopt;
    header_[header_size_++] = static_cast<std::uint8_t>(input.front());
    input = input.subspan(1);
    if (header_size_ == 2) {
      if (auto broken = check_start()) return broken;
      const unsigned length = header_[1] & 0x7FU;
      header_needed_ = length == 126 ? 2 + 2 + 4 : length == 127 ? 2 + 8 + 4 : 2 + 4;
    }
  }
  return begin_payload();
}

std::optional<close_code> frame_reader::check_start() const noexcept {
  constexpr auto broken = close_code::protocol_error;
  const unsigned op = header_[0] & 0x0FU;
  const bool may_be_compressed = inflate_ != nullptr && (op == opcode::text || op == opcode::binary);
  if ((header_[0] & (may_be_compressed ? rsv2 | rsv3 : rsv1 | rsv2 | rsv3)) != 0) return broken;
  if (op > opcode::pong || (op > opcode::binary && op < opcode::close)) return broken;
  if ((header_[1] & 0x80U) == 0) return broken;  // clients mask
  if (is_control()) {
    if (!is_final() || (header_[1] & 0x7FU) > control_bytes_max) return broken;
  } else if ((op == opcode::continuation) != in_message_) {
    return broken;
  }
  return std::nullopt;
}

std::optional<close_code> frame_reader::begin_payload() {
  left_ = header_[1] & 0x7FU;
  const std::size_t extended = header_needed_ - 2U - 4U;
  if (extended > 0) {
    left_ = 0;
    for (std::size_t i = 0; i < extended; ++i) left_ = left_ << 8 | header_[2 + i];
    const std::uint64_t least = extended == 2 ? 126 : 0x1'0000;
    if (left_ < least || left_ >> 63 != 0) return close_code::protocol_error;  // not the shortest form, or negative
  }
  if (!is_control()) {
    if (!in_message_) {
      text_ = (header_[0] & 0x0FU) == opcode::text;
      compressed_ = (header_[0] & rsv1) != 0;
    }
    in_message_ = true;
    if (exceeds<"message_bytes_max">(left_ > sent_bytes_max() - message_.size())) return close_code::message_too_big;
  }
  mask_at_ = 0;
  stage_ = stage::payload;
  return std::nullopt;
}

std::optional<close_code> frame_reader::take_payload(std::span<char>& input) {
  const auto bytes = input.first(static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size())));
  if (bytes.empty()) return std::nullopt;
  input = input.subspan(bytes.size());
  left_ -= bytes.size();

  std::array<std::uint8_t, 4> key{};
  for (std::size_t i = 0; i < 4; ++i) key[i] = header_[header_needed_ - 4U + (mask_at_ + i) % 4];
  unmask(bytes, key);
  mask_at_ = static_cast<std::uint8_t>((mask_at_ + bytes.size()) % 4);

  if (is_control()) {
    if (!control_) control_ = std::make_unique<std::string>();
    control_->append(bytes.data(), bytes.size());
    return std::nullopt;
  }
  if (text_ && !compressed_ && !utf8_.feed({bytes.data(), bytes.size()})) return close_code::invalid_payload;
  message_.append(bytes.data(), bytes.size());
  return std::nullopt;
}

// Nothing, when a message goes on in the next frame.
std::optional<frame_event> frame_reader::finish_frame() {
  using kind = frame_event::kind;
  stage_ = stage::header;
  header_size_ = 0;
  header_needed_ = 2;
  if (is_control()) {
    const unsigned op = header_[0] & 0x0FU;
    if (op == opcode::close) return finish_close();
    return frame_event{.what = op == opcode::ping ? kind::ping : kind::pong, .payload = take_control()};
  }
  if (!is_final()) return std::nullopt;
  in_message_ = false;
  if (compressed_) return finish_compressed();
  if (text_ && !utf8_.complete()) return refuse(close_code::invalid_payload);
  return frame_event{.what = kind::message, .text = text_, .payload = std::exchange(message_, {})};
}

// Only whole messages are decompressed, so that many connections can share one inflater.
frame_event frame_reader::finish_compressed() {
  const auto sent = std::exchange(message_, {});
  frame_event event{.what = frame_event::kind::message, .text = text_};
  switch (inflate_->read_message(sent, message_bytes_max_, event.payload)) {
    case inflater::outcome::done: break;
    case inflater::outcome::invalid: return refuse(close_code::invalid_payload);
    case inflater::outcome::too_big: exceeds<"message_bytes_max">(true); return refuse(close_code::message_too_big);
  }
  return text_ && !is_utf8(event.payload) ? refuse(close_code::invalid_payload) : event;
}

std::string frame_reader::take_control() {
  const auto said = std::exchange(control_, nullptr);
  return said ? std::move(*said) : std::string();
}

frame_event frame_reader::finish_close() {
  stage_ = stage::ended;
  frame_event event{.what = frame_event::kind::close, .code = no_close_code};
  const auto said = take_control();
  if (said.empty()) return event;
  if (said.size() == 1) return refuse(close_code::protocol_error);
  const auto octet = [&](std::size_t at) { return static_cast<unsigned>(static_cast<std::uint8_t>(said[at])); };
  event.code = static_cast<std::uint16_t>(octet(0) << 8 | octet(1));
  if (!may_be_sent(event.code)) return refuse(close_code::protocol_error);
  event.payload = said.substr(2);
  if (!is_utf8(event.payload)) return refuse(close_code::invalid_payload);
  return event;
}

frame_event frame_reader::refuse(close_code code) {
  stage_ = stage::ended;
  message_ = {};
  return {.what = frame_event::kind::error, .code = static_cast<std::uint16_t>(code)};
}

}  // namespace tidewire::transport
