#include "tests/transport/conformance_cases.hpp"

#include <array>

#include "tests/transport/utf8_samples.hpp"

namespace tidewire::test {
namespace {

constexpr unsigned fin = 0x80, continuation = 0x0, text = 0x1, binary = 0x2, close = 0x8, ping = 0x9, pong = 0xA;

using frames = std::vector<server_frame>;

server_frame echo(unsigned opcode, std::string_view payload) { return {static_cast<std::uint8_t>(opcode), std::string(payload)}; }
server_frame closed(unsigned code) { return echo(close, close_payload(code)); }

std::string bytes(std::size_t count, char c = '*') { return std::string(count, c); }

// The family's cases, numbered from 1 as they are added.
class family {
 public:
  family(std::string name, std::vector<conformance_case>& into) : name_(std::move(name)), into_(into) {}

  // The client then closes with 1000, and the server answers that.
  void passes(std::string sent, frames answered, std::size_t piece = 0) {
    answered.push_back(closed(1000));
    add(sent + client_frame(fin | close, close_payload(1000)), std::move(answered), piece);
  }
  // The server closes with the code; the client sends no more, so the server does it for what it has.
  void fails(std::string sent, unsigned code, frames answered = {}, std::size_t piece = 0) {
    answered.push_back(closed(code));
    add(std::move(sent), std::move(answered), piece);
  }
  void add(std::string sent, frames answered, std::size_t piece = 0) {
    into_.push_back({name_ + "." + std::to_string(++number_), std::move(sent), piece, std::move(answered)});
  }

 private:
  std::string name_;
  std::vector<conformance_case>& into_;
  int number_ = 0;
};

constexpr std::array<std::size_t, 3> chops{0, 7, 1};

void framing(std::vector<conformance_case>& into) {
  for (const unsigned opcode : {text, binary}) {
    family cases(opcode == text ? "1.1" : "1.2", into);
    for (const std::size_t size : {0U, 125U, 126U, 127U, 128U, 65'535U, 65'536U}) {
      cases.passes(client_frame(fin | opcode, bytes(size)), {echo(opcode, bytes(size))});
    }
    cases.passes(client_frame(fin | opcode, bytes(65'536)), {echo(opcode, bytes(65'536))}, 997);
  }
}

void pings_and_pongs(std::vector<conformance_case>& into) {
  family cases("2", into);
  const std::string odd("\x00\xff\xfe\xfd\xfc\xfb\x00\xff", 8);
  cases.passes(client_frame(fin | ping, ""), {echo(pong, "")});
  cases.passes(client_frame(fin | ping, "Hello, world!"), {echo(pong, "Hello, world!")});
  cases.passes(client_frame(fin | ping, odd), {echo(pong, odd)});
  cases.passes(client_frame(fin | ping, bytes(125, '\xfe')), {echo(pong, bytes(125, '\xfe'))});
  cases.fails(client_frame(fin | ping, bytes(126, '\xfe')), 1002);
  cases.passes(client_frame(fin | ping, bytes(125, '\xfe')), {echo(pong, bytes(125, '\xfe'))}, 1);
  cases.passes(client_frame(fin | pong, ""), {});
  cases.passes(client_frame(fin | pong, "unsolicited"), {});
  cases.passes(client_frame(fin | pong, "unsolicited") + client_frame(fin | ping, "ping"), {echo(pong, "ping")});
  std::string ten;
  frames answers;
  for (int i = 0; i < 10; ++i) {
    ten += client_frame(fin | ping, "payload-" + std::to_string(i));
    answers.push_back(echo(pong, "payload-" + std::to_string(i)));
  }
  cases.passes(ten, answers);
  cases.passes(ten, answers, 1);
}

void reserved_bits(std::vector<conformance_case>& into) {
  family cases("3", into);
  const auto first = client_frame(fin | text, bytes(8));
  const auto later = client_frame(fin | ping, "");
  for (unsigned rsv = 1; rsv <= 7; ++rsv) {
    for (const unsigned opcode : {text, binary, ping, close}) {
      const auto broken = client_frame(fin | rsv << 4 | opcode, opcode == close ? close_payload(1000) : bytes(8));
      cases.fails(broken, 1002);
      for (const auto piece : chops) cases.fails(first + broken + later, 1002, {echo(text, bytes(8))}, piece);
    }
  }
}

void reserved_opcodes(std::vector<conformance_case>& into) {
  const auto first = client_frame(fin | text, bytes(8));
  const auto later = client_frame(fin | ping, "");
  for (const unsigned base : {3U, 11U}) {
    family cases(base == 3 ? "4.1" : "4.2", into);
    for (unsigned opcode = base; opcode < base + 5; ++opcode) {
      cases.fails(client_frame(fin | opcode, ""), 1002);
      cases.fails(client_frame(fin | opcode, "payload"), 1002);
      for (const auto piece : chops)
        cases.fails(first + client_frame(fin | opcode, "payload") + later, 1002, {echo(text, bytes(8))}, piece);
    }
  }
}

void fragmentation(std::vector<conformance_case>& into) {
  family cases("5", into);
  const auto one = client_frame(text, "fragment1");
  const auto two = client_frame(fin | continuation, "fragment2");
  const auto whole = echo(text, "fragment1fragment2");
  cases.fails(client_frame(ping, "part") + client_frame(fin | continuation, "part"), 1002);
  cases.fails(client_frame(pong, "part") + client_frame(fin | continuation, "part"), 1002);
  for (const auto piece : chops) {
    cases.passes(one + two, {whole}, piece);
    cases.passes(one + client_frame(fin | ping, "ping") + two, {echo(pong, "ping"), whole}, piece);
    cases.passes(client_frame(binary, "fragment1") + two, {echo(binary, "fragment1fragment2")}, piece);
    cases.fails(client_frame(fin | continuation, "no start") + client_frame(fin | text, "Hello"), 1002, {}, piece);
    cases.fails(client_frame(continuation, "no start") + client_frame(fin | text, "Hello"), 1002, {}, piece);
    cases.fails(one + two + client_frame(continuation, "no start") + client_frame(fin | text, "Hello"), 1002, {whole}, piece);
    cases.fails(one + two + client_frame(fin | continuation, "no start"), 1002, {whole}, piece);
    cases.fails(one + client_frame(fin | text, "fragment2"), 1002, {}, piece);
    cases.fails(one + client_frame(text, "fragment2"), 1002, {}, piece);
    cases.fails(one + client_frame(fin | binary, "fragment2"), 1002, {}, piece);
  }
  const auto part = [](unsigned head, int n) { return client_frame(head, "fragment" + std::to_string(n)); };
  cases.passes(part(text, 1) + part(continuation, 2) + client_frame(fin | ping, "1") + part(continuation, 3) + part(continuation, 4) +
                   client_frame(fin | ping, "2") + part(fin | continuation, 5),
               {echo(pong, "1"), echo(pong, "2"), echo(text, "fragment1fragment2fragment3fragment4fragment5")});
  // A ping inside a message is answered before the message is whole: the client waits for the pong.
  cases.fails(part(text, 1) + client_frame(fin | ping, "now") + client_frame(0x70 | continuation, ""), 1002, {echo(pong, "now")});
}

void utf8(std::vector<conformance_case>& into) {
  family cases("6", into);
  const auto in_frames = [](std::string_view message, std::size_t size) {
    std::string sent;
    for (std::size_t at = 0; at < message.size(); at += size) {
      const bool last = at + size >= message.size();
      sent += client_frame((last ? fin : 0U) | (at == 0 ? text : continuation), message.substr(at, size));
    }
    return sent;
  };
  cases.passes(client_frame(fin | text, ""), {echo(text, "")});
  cases.passes(client_frame(text, "") + client_frame(continuation, "") + client_frame(fin | continuation, ""), {echo(text, "")});
  cases.passes(client_frame(text, "") + client_frame(continuation, "middle") + client_frame(fin | continuation, ""),
               {echo(text, "middle")});
  for (const auto& sample : valid_utf8_samples()) {
    cases.passes(client_frame(fin | text, sample), {echo(text, sample)});
    cases.passes(client_frame(fin | text, sample), {echo(text, sample)}, 1);
    if (!sample.empty()) cases.passes(in_frames(sample, 1), {echo(text, sample)});
  }
  for (const auto& sample : invalid_utf8_samples()) {
    cases.fails(client_frame(fin | text, sample), 1007);
    cases.fails(client_frame(fin | text, sample), 1007, {}, 1);
    cases.fails(in_frames(sample, 1), 1007);
    cases.passes(client_frame(fin | binary, sample), {echo(binary, sample)});
  }
  // Fail fast: the message is not complete, and never will be.
  for (const std::string bad : {"\xf4\x90", "\xed\xa0", "\xc0", "\xff", "\xe0\x80"}) {
    const std::string good = "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5";
    cases.fails(client_frame(text, good) + client_frame(continuation, bad), 1007);
    const auto announced = client_frame(fin | text, good + bad + "and much more");
    cases.fails(announced.substr(0, announced.size() - 13), 1007);
    cases.fails(announced.substr(0, announced.size() - 13), 1007, {}, 1);
  }
}

void closing(std::vector<conformance_case>& into) {
  family cases("7", into);
  const auto bye = client_frame(fin | close, close_payload(1000));
  cases.passes(client_frame(fin | text, "Hello"), {echo(text, "Hello")});
  for (const auto& ignored :
       {bye, client_frame(fin | ping, ""), client_frame(fin | text, "late"), client_frame(fin | continuation, "late")}) {
    cases.add(bye + ignored, {closed(1000)});
  }
  cases.add(client_frame(text, "fragment1") + bye + client_frame(fin | continuation, "fragment2"), {closed(1000)});
  cases.add(client_frame(fin | text, bytes(262'144)) + bye + client_frame(fin | ping, ""), {echo(text, bytes(262'144)), closed(1000)});
  cases.add(client_frame(fin | close, ""), {echo(close, "")});
  cases.fails(client_frame(fin | close, "x"), 1002);
  cases.add(client_frame(fin | close, close_payload(1000, "Hello, world!")), {closed(1000)});
  cases.add(client_frame(fin | close, close_payload(1000, bytes(123))), {closed(1000)});
  cases.fails(client_frame(fin | close, close_payload(1000, bytes(124))), 1002);
  cases.fails(client_frame(fin | close, close_payload(1000, "\xce\xba\xed\xa0\x80")), 1007);
  cases.fails(client_frame(close, close_payload(1000)), 1002);
  for (const unsigned code : {1000U, 1001U, 1002U, 1003U, 1007U, 1008U, 1009U, 1010U, 1011U, 3000U, 3999U, 4000U, 4999U}) {
    cases.add(client_frame(fin | close, close_payload(code)), {closed(code)});
  }
  for (const unsigned code : {0U, 999U, 1004U, 1005U, 1006U, 1015U, 1016U, 1100U, 2000U, 2999U, 5000U, 65'535U}) {
    cases.fails(client_frame(fin | close, close_payload(code)), 1002);
  }
}

void masking_and_length(std::vector<conformance_case>& into) {
  family masking("mask", into);
  masking.fails(client_frame(fin | text, "Hello", {.masked = false}), 1002);
  masking.fails(client_frame(fin | ping, "", {.masked = false}), 1002);
  masking.passes(client_frame(fin | text, "Hello", {.key = 0}), {echo(text, "Hello")});
  // The shortest form of a length is the only one (RFC 6455 §5.2), and its top bit is 0.
  family length("length", into);
  length.fails(std::string("\x81\xfe\x00\x7d\x00\x00\x00\x00", 8), 1002);
  length.fails(std::string("\x81\xff\x00\x00\x00\x00\x00\x00\xff\xff\x00\x00\x00\x00", 14), 1002);
  length.fails(std::string("\x82\xff\x80\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00", 14), 1002);
  length.fails(std::string("\x82\xff\x00\x00\x00\x00\x01\x00\x00\x01\x00\x00\x00\x00", 14), 1009);  // 16 MiB and one byte

  family fragmented("10", into);
  std::string sent;
  for (std::size_t at = 0; at < 65'536; at += 1'300) {
    const bool last = at + 1'300 >= 65'536;
    sent += client_frame((last ? fin : 0U) | (at == 0 ? text : continuation), bytes(last ? 65'536 - at : 1'300));
  }
  fragmented.passes(sent, {echo(text, bytes(65'536))});
}

}  // namespace

std::vector<conformance_case> conformance_cases() {
  std::vector<conformance_case> cases;
  framing(cases);
  pings_and_pongs(cases);
  reserved_bits(cases);
  reserved_opcodes(cases);
  fragmentation(cases);
  utf8(cases);
  closing(cases);
  masking_and_length(cases);
  return cases;
}

}  // namespace tidewire::test
