// Socket.IO 4 over WebSocket: Engine.IO's type of packet is the first digit, that of Socket.IO the second.
//   0{…} opened   2 ping   3 pong   40 connect and connected   42[event, …] event   420[…] event to be acknowledged   430[…] acknowledged
#include "bench/load/dialects/dialects.hpp"

namespace tidewire::load {
namespace {

bool starts_with(std::string_view text, std::string_view start) { return text.substr(0, start.size()) == start; }

class socketio final : public dialect {
 public:
  transport carried_by() const override { return transport::text_messages; }
  std::string path(const session&) const override { return "/socket.io/?EIO=4&transport=websocket"; }

  void begin(session&) const override {}  // the server does

  std::size_t hear(session& from, std::string_view text, bool after) const override {
    if (!after) hear_packet(from, text);
    return text.size();
  }

  void append_publish(std::string& out, session&, const publication& what) const override {
    out += R"(42["publish","bench:)";
    out += std::to_string(what.room);
    out += "\",";
    out += what.payload;
    out += ']';
  }

 private:
  static void hear_packet(session& from, std::string_view text) {
    if (text == "2") {
      from.send("3");
    } else if (starts_with(text, "0")) {
      from.send("40");
    } else if (starts_with(text, "40")) {
      if (from.kind == role::subscriber) from.send(R"(420["join",")" + room_name(from.home) + "\"]");
      from.ready = from.kind != role::subscriber;
    } else if (starts_with(text, "430")) {
      from.ready = true;
    } else if (starts_with(text, "1") || starts_with(text, "41") || starts_with(text, "44")) {
      from.trouble = "closed by the server: " + std::string(text);
    }
  }
};

}  // namespace

std::unique_ptr<dialect> make_socketio() { return std::make_unique<socketio>(); }

}  // namespace tidewire::load
