// Commands in MessagePack: message = map+. Each map becomes the JSON that says the same, and that is read as in the JSON dialect: the raw
// members of a command are JSON anyway, and no rule about commands is written twice.
#include <variant>

#include "schemas/protocol/json_dialect.hpp"
#include "schemas/protocol/msgpack_dialect.hpp"
#include "schemas/protocol/msgpack_value.hpp"

namespace tidewire::protocol {

result<std::vector<command>> decode_msgpack(std::string_view message, const limits& bounds) {
  std::vector<command> commands;
  bool answers_ping = false;
  for (std::string text; !message.empty(); text.clear()) {
    const auto used = append_json_of_msgpack(text, message, bounds.json_depth_max);
    if (!used) return tl::unexpected(used.error());
    message.remove_prefix(*used);
    auto decoded = decode_json_command(text);
    if (!decoded) return tl::unexpected(std::move(decoded.error()));
    // A pong is one byte, and a command two hundred: the second one, which nothing asked for, is not kept.
    const bool is_pong = std::holds_alternative<pong>(decoded->body);
    if (is_pong && answers_ping) return fail(errc::bad_request, "two pongs in one message");
    answers_ping = answers_ping || is_pong;
    commands.push_back(std::move(*decoded));
  }
  if (commands.empty()) return fail(errc::bad_request, "the message holds no command");
  return commands;
}

}  // namespace tidewire::protocol
