// Redis serialization protocol 2 over TCP.
//   delivery      *3 $7 message $n room $n payload      each part ends with CR LF
//   subscribed    *3 $9 subscribe $n room :1
//   published     :n                                     how many subscribers got it
//   appended      $n milliseconds-counter                 the id of a stream's entry
#include <charconv>

#include "bench/load/dialects/dialects.hpp"

namespace tidewire::load {
namespace {

constexpr std::string_view line_end = "\r\n";

void append_part(std::string& out, std::string_view part) {
  out += '$';
  out += std::to_string(part.size());
  out.append(line_end).append(part).append(line_end);
}

// Calls the function with every whole line, and returns what they take. `after`: the first is the end of a delivery, which is left out.
template <class Function>
std::size_t each_line(std::string_view text, bool after, Function function) {
  std::size_t done = 0;
  for (auto end = text.find(line_end); end != std::string_view::npos; end = text.find(line_end, done)) {
    if ((!after || done > 0) && end > done) function(text.substr(done, end - done));
    done = end + line_end.size();
  }
  return done;
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
    return each_line(text, after, [&](std::string_view line) { hear_line(from, line); });
  }

  void append_publish(std::string& out, session&, const publication& what) const override {
    out += "*3\r\n$7\r\nPUBLISH\r\n";
    append_part(out, room_name(what.room));
    append_part(out, what.payload);
  }

 private:
  static void hear_line(session& from, std::string_view line) {
    if (line.front() == '-') {
      from.trouble = line;
    } else if (line == "+PONG") {
      from.ready = true;
    } else if (line.front() == ':') {
      if (from.kind == role::subscriber) {
        from.ready = true;
      } else {
        from.taken(from.acknowledged, 0);
      }
    }
  }
};

// An id as one number that grows as the id does; 0 when it is none. Redis counts up within a millisecond, from 0.
std::uint64_t entry_id(std::string_view text) {
  constexpr unsigned counter_bits = 22;
  const auto* const end = text.data() + text.size();
  std::uint64_t ms = 0;
  std::uint64_t counter = 0;
  const auto read = std::from_chars(text.data(), end, ms);
  if (read.ec != std::errc() || read.ptr == end || *read.ptr != '-') return 0;
  const auto rest = std::from_chars(read.ptr + 1, end, counter);
  if (rest.ec != std::errc() || rest.ptr != end || counter >> counter_bits != 0) return 0;
  return (ms << counter_bits) | counter;
}

class resp_streams final : public dialect {
 public:
  transport carried_by() const override { return transport::bytes; }
  const char* separator() const override { return ""; }
  bool acknowledges() const override { return true; }

  void begin(session& with) const override { with.send("*1\r\n$4\r\nPING\r\n"); }

  std::size_t hear(session& from, std::string_view text, bool after) const override {
    return each_line(text, after, [&](std::string_view line) { hear_line(from, line); });
  }

  void append_publish(std::string& out, session&, const publication& what) const override {
    out += "*5\r\n$4\r\nXADD\r\n";
    append_part(out, room_name(what.room));
    out += "$1\r\n*\r\n$1\r\nd\r\n";
    append_part(out, what.payload);
  }

 private:
  static void hear_line(session& from, std::string_view line) {
    if (line == "+PONG") {
      from.ready = true;
    } else if (line.front() == ':') {
      std::uint64_t length = 0;
      std::from_chars(line.data() + 1, line.data() + line.size(), length);
      from.taken(from.acknowledged, length);
    } else if (line.front() != '$') {  // its length
      const auto id = entry_id(line);
      if (id == 0) {
        from.trouble = line;
      } else {
        from.taken(from.acknowledged, id);
      }
    }
  }
};

}  // namespace

std::unique_ptr<dialect> make_resp() { return std::make_unique<resp>(); }
std::unique_ptr<dialect> make_resp_streams() { return std::make_unique<resp_streams>(); }

std::string stream_length_command(unsigned room) {
  std::string command = "*2\r\n$4\r\nXLEN\r\n";
  append_part(command, room_name(room));
  return command;
}

}  // namespace tidewire::load
