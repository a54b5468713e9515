// Centrifuge client protocol v2 in JSON over WebSocket: commands and replies are lines; `{}` is a ping and its answer.
#include <algorithm>
#include <charconv>

#include "bench/load/dialects/dialects.hpp"

namespace tidewire::load {
namespace {

constexpr std::uint32_t connect_id = 1;
constexpr std::uint32_t subscribe_id = 2;

bool starts_with(std::string_view text, std::string_view start) { return text.substr(0, start.size()) == start; }
bool holds(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// The digits behind the last occurrence of `name`; 0 when it is not there.
std::uint64_t number_behind(std::string_view text, std::string_view name) {
  const auto at = text.rfind(name);
  std::uint64_t value = 0;
  if (at != std::string_view::npos) std::from_chars(text.data() + at + name.size(), text.data() + text.size(), value);
  return value;
}

std::string text_behind(std::string_view text, std::string_view name) {
  const auto at = text.rfind(name);
  if (at == std::string_view::npos) return {};
  const auto value = text.substr(at + name.size());
  return std::string(value.substr(0, value.find('"')));
}

class centrifuge final : public dialect {
 public:
  transport carried_by() const override { return transport::text_messages; }
  std::string path(const session&) const override { return "/connection/websocket"; }
  const char* separator() const override { return "\n"; }
  bool acknowledges() const override { return true; }
  bool recovers() const override { return true; }

  void begin(session& with) const override {
    with.last_id = subscribe_id;
    std::string commands = R"({"id":1,"connect":{}})";
    if (with.kind == role::subscriber) {
      commands += "\n{\"id\":2,\"subscribe\":{\"channel\":\"" + room_name(with.home) + '"';
      if (with.watches_state) {
        commands += R"(,"type":1,"phase":2,"limit":1000)";
      } else if (with.resume_from != nullptr) {
        commands += R"(,"recover":true,"offset":)" + std::to_string(with.resume_from->offset);
        commands += R"(,"epoch":")" + with.resume_from->epoch + '"';
      }
      commands += "}}";
    }
    with.send(commands);
  }

  std::size_t hear(session& from, std::string_view text, bool after) const override {
    // The end of a delivery reaches to the end of its line.
    auto at = after ? std::min(text.size(), text.find('\n')) : 0;
    while (at < text.size()) {
      const auto end = std::min(text.size(), text.find('\n', at));
      if (end > at) hear_line(from, text.substr(at, end - at));
      at = end + 1;
    }
    return text.size();
  }

  void append_publish(std::string& out, session& by, const publication& what) const override {
    out += R"({"id":)";
    out += std::to_string(++by.last_id);
    out += R"(,"publish":{"channel":"bench:)";
    out += std::to_string(what.room);
    out += R"(","data":)";
    out += what.payload;
    if (!what.key.empty()) out.append(R"(,"key":")").append(what.key) += '"';
    out += "}}";
  }

 private:
  static void hear_line(session& from, std::string_view line) {
    if (line == "{}") return from.send("{}");
    if (starts_with(line, R"({"id":)")) return hear_reply(from, line);
    if (starts_with(line, R"({"push":)") && (holds(line, R"("unsubscribe":)") || holds(line, R"("disconnect":)"))) from.trouble = line;
  }

  static void hear_reply(session& from, std::string_view line) {
    std::uint32_t id = 0;
    std::from_chars(line.data() + 6, line.data() + line.size(), id);
    if (id > subscribe_id && holds(line, R"("publish":)")) {
      from.taken(id - subscribe_id - 1, 0);
    } else if (holds(line.substr(0, 24), R"("error":)")) {
      from.trouble = line;
    } else if (id == connect_id) {
      from.ready = from.kind != role::subscriber;
    } else if (id == subscribe_id) {
      hear_subscribed(from, line);
    }
  }

  static void hear_subscribed(session& from, std::string_view line) {
    from.ready = true;
    if (from.watches_state) {
      from.recovered = line;
    } else if (from.resume_from != nullptr) {
      from.recovered = line;
      if (!holds(line, R"("recovered":true)")) from.trouble = "what was missed is not recovered: " + std::string(line.substr(0, 200));
    }
    from.found = {text_behind(line, R"("epoch":")"), number_behind(line, R"("offset":)")};
  }
};

}  // namespace

std::unique_ptr<dialect> make_centrifuge() { return std::make_unique<centrifuge>(); }

}  // namespace tidewire::load
