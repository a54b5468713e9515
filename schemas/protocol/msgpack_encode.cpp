// Replies and pushes in MessagePack: the shapes of shapes.hpp, written by msgpack_object.
#include "schemas/protocol/msgpack_dialect.hpp"
#include "schemas/protocol/msgpack_object.hpp"
#include "schemas/protocol/shapes.hpp"

namespace tidewire::protocol {
namespace {

struct msgpack_wire {
  using object = msgpack_object;
  static constexpr std::string_view separator = {};

  // {"push": {"channel": s, "<kind>": …: two maps whose members are known beforehand.
  std::string push_head(channel_ref channel, std::string_view kind) const {
    std::string head;
    head.reserve(channel.name.size() + kind.size() + 32);
    const auto outer = reserve_msgpack_header(head);
    append_msgpack_string(head, "push");
    const auto inner = reserve_msgpack_header(head);
    if (channel.number != 0) {
      append_msgpack_string(head, "id");
      append_msgpack_unsigned(head, channel.number);
    } else if (!channel.name.empty()) {
      append_msgpack_string(head, "channel");
      append_msgpack_string(head, channel.name);
    }
    append_msgpack_string(head, kind);
    finish_msgpack_map(head, inner, channel.number == 0 && channel.name.empty() ? 1 : 2);
    finish_msgpack_map(head, outer, 1);
    return head;
  }
  std::string_view push_end() const noexcept { return {}; }
};

constexpr msgpack_wire wire;

}  // namespace

void encode_msgpack_reply(std::uint32_t id, const any_result& what, std::string& out, shared_parts* parts) {
  shapes::write_reply<msgpack_object>(id, what, out, parts);
}

void encode_msgpack_error(std::uint32_t id, errc code, std::string_view detail, std::string& out) {
  shapes::write_error<msgpack_object>(id, code, detail, out);
}

run_part encode_msgpack_run(const view& through, channel_ref channel, std::span<const change> told, publication_ptr& last,
                            std::size_t bytes_max, std::string& out) {
  return shapes::write_run(wire, through, channel, told, last, bytes_max, out);
}

void encode_msgpack_unsubscribe(std::string_view channel, std::uint32_t code, std::string_view reason, std::string& out) {
  shapes::write_unsubscribe(wire, {channel}, code, reason, out);
}

void encode_msgpack_disconnect(std::uint32_t code, std::string_view reason, std::string& out) {
  shapes::write_disconnect(wire, code, reason, out);
}

void encode_msgpack_announcement(channel_ref channel, const announcement& what, std::string& out) {
  shapes::write_announcement(wire, channel, what, out);
}

void encode_msgpack_message(std::string_view data, std::string& out) { shapes::write_message(wire, data, out); }

void encode_msgpack_ping(std::string& out) { msgpack_object{out}; }

}  // namespace tidewire::protocol
