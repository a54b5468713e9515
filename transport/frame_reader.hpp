// Reads the WebSocket frames of a client (RFC 6455 §5) and puts messages together. Pure: it does no I/O and knows no socket.
// It refuses at the first byte that breaks a rule, also inside a message that is not complete yet.
//
//   frame   = start length [length16 / length64] mask-key payload
//   start   = FIN RSV1-3 opcode          RSV must be 0, but for RSV1 of a compressed message; reserved opcodes are refused
//   length  = MASK len7                  MASK must be 1; control frames: FIN and at most 125 bytes
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "schemas/deflate.hpp"
#include "schemas/errc.hpp"
#include "transport/utf8.hpp"

namespace tidewire::transport {

struct frame_event {
  enum class kind : std::uint8_t {
    message,  // one whole message
    ping,
    pong,
    close,  // the peer's close frame; nothing after it counts
    error,  // the peer broke a rule; nothing after it counts
  };
  kind what = kind::message;
  bool text = false;       // of a message
  std::uint16_t code = 0;  // close: the peer's code, no_close_code if it gave none; error: the code to close with
  std::string payload{};   // of a message, ping or pong; the reason of a close
};

// RFC 6455 §7.1.5: what a close frame without a code stands for; never sent.
inline constexpr std::uint16_t no_close_code = 1005;

class frame_reader {
 public:
  // With an inflater, which outlives the reader and may be shared, the peer has agreed to permessage-deflate without context takeover (RFC
  // 7692): messages may be compressed, and the limit holds for what they stand for.
  explicit frame_reader(std::size_t message_bytes_max, inflater* inflate = nullptr) noexcept
      : message_bytes_max_(message_bytes_max), inflate_(inflate) {}

  // Takes bytes from the front of `input`, unmasking them in place, until one event is complete. None: all input is taken.
  std::optional<frame_event> next(std::span<char>& input);
  // What has come of a message that is not whole, in bytes.
  std::size_t pending() const noexcept { return message_.size(); }

 private:
  enum class stage : std::uint8_t { header, payload, ended };

  bool is_control() const noexcept { return (header_[0] & 0x08U) != 0; }
  bool is_final() const noexcept { return (header_[0] & 0x80U) != 0; }
  // Each returns the close code of the broken rule.
  std::optional<close_code> take_header(std::span<char>& input);
  std::optional<close_code> check_start() const noexcept;
  std::optional<close_code> begin_payload();
  std::optional<close_code> take_payload(std::span<char>& input);

  std::optional<frame_event> finish_frame();
  frame_event finish_compressed();
  std::string take_control();
  frame_event finish_close();
  frame_event refuse(close_code code);

  // Of the payload as it is sent. Compressing what cannot be compressed makes it a little longer.
  std::size_t sent_bytes_max() const noexcept {
    return compressed_ ? message_bytes_max_ + message_bytes_max_ / 256 + 64 : message_bytes_max_;
  }

  std::size_t message_bytes_max_;
  inflater* inflate_;
  std::uint64_t left_ = 0;                // payload bytes of this frame still to come
  std::string message_;                   // payload so far of the message, which may span frames
  std::unique_ptr<std::string> control_;  // payload so far of the control frame, which may come between them; null: none
  std::array<std::uint8_t, 14> header_{};
  std::uint8_t header_size_ = 0;  // bytes of header_ that have arrived
  std::uint8_t header_needed_ = 2;
  std::uint8_t mask_at_ = 0;  // position in the mask key, of the next payload byte
  stage stage_ = stage::header;
  bool in_message_ = false;  // a message has begun and its last frame has not come
  bool text_ = false;        // that message's type
  bool compressed_ = false;  // and form
  utf8_validator utf8_;
};

}  // namespace tidewire::transport
