// Replies and pushes in JSON: the shapes of shapes.hpp, written by json_object. A push may also stand alone, without {"push":…} around it.
#include "schemas/protocol/json_dialect.hpp"
#include "schemas/protocol/json_object.hpp"
#include "schemas/protocol/shapes.hpp"

namespace tidewire::protocol {
namespace {

struct json_wire {
  using object = json_object;
  static constexpr std::string_view separator = "\n";
  push_style style;

  std::string push_head(channel_ref channel, std::string_view kind) const {
    std::string head;
    head.reserve(channel.name.size() + kind.size() + 32);
    head += style == push_style::wrapped ? R"({"push":{)" : "{";
    if (channel.number != 0) {
      head += R"("id":)";
      append_json_unsigned(head, channel.number);
      head += ',';
    } else if (!channel.name.empty()) {
      head += R"("channel":)";
      append_json_string(head, channel.name);
      head += ',';
    }
    head.append(1, '"').append(kind).append("\":");
    return head;
  }
  std::string_view push_end() const noexcept { return style == push_style::wrapped ? "}}" : "}"; }
};

}  // namespace

void encode_json_reply(std::uint32_t id, const any_result& what, std::string& out, shared_parts* parts) {
  shapes::write_reply<json_object>(id, what, out, parts);
}

void encode_json_error(std::uint32_t id, errc code, std::string_view detail, std::string& out) {
  shapes::write_error<json_object>(id, code, detail, out);
}

// Only the reply to connect is pushed.
void encode_json_pushed_reply(const any_result& what, std::string& out) {
  const auto* connected = std::get_if<connect_result>(&what);
  if (connected == nullptr) return;
  json_object push(out);
  json_object into(push.name("connect"));
  shapes::write(into, *connected, nullptr);
}

run_part encode_json_run(push_style style, const view& through, channel_ref channel, std::span<const change> told, publication_ptr& last,
                         std::size_t bytes_max, std::string& out) {
  return shapes::write_run(json_wire{style}, through, channel, told, last, bytes_max, out);
}

void encode_json_unsubscribe(push_style style, std::string_view channel, std::uint32_t code, std::string_view reason, std::string& out) {
  shapes::write_unsubscribe(json_wire{style}, {channel}, code, reason, out);
}

void encode_json_disconnect(push_style style, std::uint32_t code, std::string_view reason, std::string& out) {
  shapes::write_disconnect(json_wire{style}, code, reason, out);
}

void encode_json_announcement(push_style style, channel_ref channel, const announcement& what, std::string& out) {
  shapes::write_announcement(json_wire{style}, channel, what, out);
}

void encode_json_message(push_style style, std::string_view data, std::string& out) { shapes::write_message(json_wire{style}, data, out); }

void encode_json_ping(std::string& out) { out += "{}"; }

}  // namespace tidewire::protocol
