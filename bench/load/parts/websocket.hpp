// The client's side of RFC 6455: frames to a server are masked, frames from a server are not. No extensions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tidewire::load {

enum class opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

// Appends one whole message in one frame, masked with the key.
void append_client_frame(std::string& out, opcode kind, std::string_view payload, std::uint32_t key);

// The request that turns an HTTP/1.1 connection into a WebSocket. No protocol is offered when `subprotocol` is empty.
std::string upgrade_request(std::string_view host, std::string_view path, std::string_view subprotocol);

// Splits what a server sends into pieces of payload, in place. Frames may begin and end anywhere in what is fed.
//   sink.piece(first, size, last)   bytes of a message; `last`: the message ends with them. May be of size 0 when last.
//   sink.control(opcode, payload)   a whole control frame
class frame_splitter {
 public:
  // False, with complaint(), when the bytes are not what a server may send.
  template <class Sink>
  bool feed(char* at, char* end, Sink& sink) {
    while (at != end) {
      if (in_header_ && !take_header(at, end)) return complaint_.empty();
      const auto here = static_cast<std::uint64_t>(end - at);
      const auto size = static_cast<std::size_t>(left_ < here ? left_ : here);
      left_ -= size;
      in_header_ = left_ == 0;
      if (is_control(kind_)) {
        control_.append(at, size);
        if (left_ == 0) {
          sink.control(kind_, std::string_view(control_));
          control_.clear();
        }
      } else {
        sink.piece(at, size, left_ == 0 && final_);
      }
      at += size;
    }
    return true;
  }

  std::string_view complaint() const noexcept { return complaint_; }

 private:
  static bool is_control(opcode kind) noexcept { return static_cast<std::uint8_t>(kind) >= 8; }
  // Moves `at` behind the header; false when more bytes are needed or it is malformed.
  bool take_header(char*& at, char* end);

  std::uint64_t left_ = 0;  // payload of the current frame that is still to come
  opcode kind_ = opcode::text;
  bool final_ = true;
  bool in_header_ = true;
  std::string header_;   // of a header that came in part
  std::string control_;  // of a control frame
  std::string_view complaint_;
};

}  // namespace tidewire::load
