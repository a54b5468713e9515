// A client of the plainest kind, on blocking POSIX sockets: it sends exactly the bytes it is given, in as many pieces as asked.
// Whatever is waited for longer than ten seconds fails the test.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tidewire::test {

class raw_client {
 public:
  explicit raw_client(std::uint16_t port, std::string_view host = "127.0.0.1", int receive_buffer_bytes = 0);
  ~raw_client();
  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;

  // Pieces of that many bytes, each in a segment of its own; 0: all at once. Stops where the server hangs up.
  void send(std::string_view bytes, std::size_t piece = 0);
  void end_sending();
  // Through the end of the first `mark`.
  std::string read_through(std::string_view mark);
  std::string read_exactly(std::size_t count);
  // Until the server ends; nothing more is kept back.
  std::string read_to_end();
  // The server has hung up and everything was read.
  bool at_end();
  // It reset the connection, rather than end it in order.
  bool was_reset() const noexcept { return reset_; }

 private:
  bool fill();

  int socket_ = -1;
  std::string read_;
  bool reset_ = false;
};

struct http_answer {
  int status = 0;
  std::string head;  // status line and headers
  std::string body;

  // The value of the header of that lower-case name, or empty.
  std::string find(std::string_view name) const;
};

// Reads one response; 1xx ones are answers of their own. `to_head`: the request was a HEAD.
http_answer read_answer(raw_client& client, bool to_head = false);

struct server_frame {
  std::uint8_t opcode = 0;
  std::string payload;
  bool compressed = false;  // then the payload is still to be inflated

  bool operator==(const server_frame&) const = default;
};

// Opens a WebSocket; the raw client goes on from behind the handshake. Throws if the server refuses. `headers`: further lines of the
// request. Returns the extension that was agreed to.
std::string open_websocket(raw_client& client, std::string_view path, std::string_view headers = {});
// Nothing: the server has hung up. Throws if the frame is not one whole unmasked message.
std::optional<server_frame> read_frame(raw_client& client);

// The frame of a client. The first octet is built as given: FIN 0x80, RSV 0x70, opcode 0x0F.
struct frame_options {
  bool masked = true;
  std::uint32_t key = 0x5ac3'71f8;
};
std::string client_frame(unsigned first_octet, std::string_view payload, frame_options options = {});
std::string close_payload(unsigned code, std::string_view reason = {});

}  // namespace tidewire::test
