// Redis serialization protocol 2 over TCP.
//   delivery      *3 $7 message $n room $n payload      each part ends with CR LF
//   subscribed    *3 $9 subscribe $n room :1
//   published     :n                                     how many subscribers got it
#include "bench/load/dialects/dialects.hpp"

namespace tidewire::load {
namespace {

constexpr std::string_view line_end = "\r\n";

void append_part(std::string& out, std::string_view part) {
  out += '$';
  out += std::to_string(part.size());
  out.append(line_end).append(part).append(line_end);
}

class resp final : public dialect {
 public:
  transport carried_by() const override { return transport::bytes; }
  std::size_t bytes_behind_payload() const override { return line_end.size(); }
  const char* separator() const override { return ""; }
  bool acknowledges() const override { return true; }

  void begin(session& with) const override {
    std::string command = "*1\r\n$4\r\nPING\r\n";
    if (with.kind == role::subscriber) {
      command = "*2\r\n$9\r\nSUBSCRIBE\r\n";
      append_part(command, room_name(with.home));
    }
    with.send(command);
  }

  // A subscriber's own lines come once, before any delivery; whole lines are taken, one by one.
  std::size_t hear(session& from, std::string_view text, bool after) const override {
    std::size_t done = 0;
    for (auto end = text.find(line_end); end != std::string_view::npos; end = text.find(line_end, done)) {
      if (!after || done > 0) hear_line(from, text.substr(done, end - done));
      done = end + line_end.size();
    }
    return done;
  }

  void append_publish(std::string& out, session&, unsigned room, std::string_view payload) const override {
    out += "*3\r\n$7\r\nPUBLISH\r\n";
    append_part(out, room_name(room));
    append_part(out, payload);
  }

 private:
  static void hear_line(session& from, std::string_view line) {
    if (line.empty()) return;
    if (line.front() == '-') {
      from.trouble = line;
    } else if (line == "+PONG") {
      from.ready = true;
    } else if (line.front() == ':') {
      if (from.kind == role::subscriber) {
        from.ready = true;
      } else {
        ++from.acknowledged;
      }
    }
  }
};

}  // namespace

std::unique_ptr<dialect> make_resp() { return std::make_unique<resp>(); }

}  // namespace tidewire::load
