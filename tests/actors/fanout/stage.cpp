#include "tests/actors/fanout/stage.hpp"

#include <sstream>
#include <string_view>

#include "tests/support/catch.hpp"

namespace tidewire::test {
namespace {

// The payload behind the header (RFC 6455 §5.2), and a check that the header tells its length.
std::string_view payload_of(const frame& message) {
  const std::string_view bytes = message.bytes;
  const auto octet = [&](std::size_t at) { return static_cast<unsigned char>(bytes.at(at)); };
  REQUIRE(octet(0) == 0x81);
  const std::size_t header = octet(1) < 126 ? 2 : octet(1) == 126 ? 4 : 10;
  std::size_t size = octet(1);
  if (header > 2) {
    size = 0;
    for (std::size_t at = 2; at < header; ++at) size = (size << 8) | octet(at);
  }
  REQUIRE(bytes.size() == header + size);
  return bytes.substr(header);
}

publication_ptr make(std::uint64_t offset, std::size_t bytes) {
  auto made = std::make_shared<publication>();
  made->offset = offset;
  made->data = '"' + std::string(bytes, 'x') + '"';
  return made;
}

}  // namespace

std::vector<std::vector<json>> listener::messages() const {
  std::vector<std::vector<json>> all;
  for (const auto& each : out->written) {
    auto& message = all.emplace_back();
    std::istringstream lines{std::string(payload_of(*each))};
    for (std::string line; std::getline(lines, line);) message.push_back(json::parse(line));
  }
  return all;
}

std::vector<json> listener::heard() const {
  std::vector<json> all;
  for (auto& message : messages()) all.insert(all.end(), message.begin(), message.end());
  return all;
}

std::vector<std::uint64_t> listener::offsets(const std::string& room) const {
  std::vector<std::uint64_t> all;
  for (const auto& each : heard()) {
    if (each.contains("push") && each["push"]["channel"] == room && each["push"].contains("pub"))
      all.push_back(each["push"]["pub"]["offset"]);
  }
  return all;
}

publication_ptr keyless(std::uint64_t offset, std::size_t bytes) { return make(offset, bytes); }

std::vector<change> changes(const std::vector<publication_ptr>& publications) {
  std::vector<change> all;
  for (const auto& each : publications) all.push_back({each, nullptr});
  return all;
}

publication_ptr keyed(std::uint64_t offset, std::size_t bytes) {
  auto made = std::make_shared<publication>(*make(offset, bytes));
  made->key = "k" + std::to_string(offset);
  return made;
}

listener stage::connect(std::size_t thread, framing form, protocol::dialect dialect) {
  auto who = std::make_shared<subscriber>();
  who->session = ++sessions_;
  who->dialect = dialect;
  who->info.client = "client-" + std::to_string(who->session);
  who->info.user = "user-" + std::to_string(who->session % 2);
  auto out = std::make_shared<fake_outbox>(1000 + who->session, thread, form);
  who->out = out;
  return {out, who, false};
}

result<subscribe_step> stage::attach(const listener& who, const std::string& room, std::uint64_t from, subscription_type type) {
  return attach(who, room, from, plain_view(type));
}

result<subscribe_step> stage::attach(const listener& who, const std::string& room, std::uint64_t from, const protocol::view_ptr& through) {
  tidewire::attach wanted;
  wanted.room = room;
  wanted.who = who.who;
  wanted.through = through;
  wanted.from = from;
  wanted.command_id = 1;
  wanted.by_number = who.by_number;
  wanted.result.through = through;
  wanted.result.type = through->type;
  wanted.result.recoverable = true;
  wanted.result.offset = from;
  const auto answer = std::make_shared<kept_reply<subscribe_step>>();
  wanted.reply = answer;
  state.handle(wanted);
  REQUIRE(answer->got);
  return *answer->got;
}

void stage::detach(const listener& who, const std::string& room, bool with_reply) {
  std::string reply;
  protocol::encode_reply(protocol::dialect::json, 2, protocol::unsubscribe_result{}, reply);
  state.handle(tidewire::detach{room, who.who->session, who.out,
                                with_reply ? std::make_shared<parting_frame>(who.out, make_frame(frame_opcode::text, reply)) : nullptr});
}

void stage::tell(const std::string& room, const std::vector<publication_ptr>& publications, std::uint32_t delay_ms,
                 std::uint32_t batch_max) {
  tell(room, changes(publications), delay_ms, batch_max);
}

void stage::tell(const std::string& room, std::vector<change> news, std::uint32_t delay_ms, std::uint32_t batch_max) {
  state.handle(run{room, std::move(news), delay_ms, batch_max, under_way.begin()});
}

std::optional<std::uint64_t> stage::told(const std::string& room) {
  const auto answer = std::make_shared<kept_reply<std::optional<std::uint64_t>>>();
  state.handle(ask_told{room, answer});
  REQUIRE(answer->got);
  return answer->got->value();
}

void stage::settle() {
  for (bool busy = true; busy;) {
    io.run_all();
    auto due = io.take_mail();
    busy = due > 0;
    for (; due > 0; --due) state.drained();
  }
}

}  // namespace tidewire::test
