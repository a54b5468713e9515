// NATS client protocol in WebSocket frames, which need not end where its lines end.
//   delivery   MSG subject id size CRLF payload CRLF
#include "bench/load/dialects/dialects.hpp"

namespace tidewire::load {
namespace {

constexpr std::string_view line_end = "\r\n";

std::string subject(unsigned room) { return room_name(room, '.'); }

class nats final : public dialect {
 public:
  transport carried_by() const override { return transport::binary_messages; }
  bool is_stream() const override { return true; }
  std::size_t bytes_behind_payload() const override { return line_end.size(); }
  const char* separator() const override { return ""; }

  // The server answers PING when it has done what came before.
  void begin(session& with) const override {
    std::string commands = "CONNECT {\"verbose\":false,\"pedantic\":false}\r\n";
    if (with.kind == role::subscriber) commands += "SUB " + subject(with.home) + " 1\r\n";
    with.send(commands += "PING\r\n");
  }

  std::size_t hear(session& from, std::string_view text, bool after) const override {
    std::size_t done = 0;
    for (auto end = text.find(line_end); end != std::string_view::npos; end = text.find(line_end, done)) {
      if (!after || done > 0) hear_line(from, text.substr(done, end - done));
      done = end + line_end.size();
    }
    return done;
  }

  void append_publish(std::string& out, session&, const publication& what) const override {
    out += "PUB bench.";
    out += std::to_string(what.room);
    out += ' ';
    out += std::to_string(what.payload.size());
    out.append(line_end).append(what.payload).append(line_end);
  }

 private:
  static void hear_line(session& from, std::string_view line) {
    if (line == "PING") from.send("PONG\r\n");
    if (line == "PONG") from.ready = true;
    if (line.substr(0, 4) == "-ERR") from.trouble = line;
  }
};

}  // namespace

std::unique_ptr<dialect> make_nats() { return std::make_unique<nats>(); }

}  // namespace tidewire::load
