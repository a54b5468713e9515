// Commands in JSON: message = command ("\n" command)*; command = {"id": n, "<method>": {…}}, or {} for a pong.
#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "schemas/json.hpp"
#include "schemas/json_cursor.hpp"
#include "schemas/protocol/json_dialect.hpp"

namespace tidewire::protocol {
namespace {

constexpr std::string_view null = "null";

// ---- One member's value. False: of the wrong kind or out of range. null leaves the member at its default.

bool take(std::string_view raw, std::string& into) {
  if (raw == null) return true;
  auto value = json_string(raw);
  if (value) into = std::move(*value);
  return value.has_value();
}

bool take(std::string_view raw, bool& into) {
  if (raw == null) return true;
  const auto value = json_boolean(raw);
  into = value.value_or(false);
  return value.has_value();
}

bool take(std::string_view raw, std::uint64_t& into) {
  if (raw == null) return true;
  const auto value = json_unsigned(raw);
  into = value.value_or(0);
  return value.has_value();
}

bool take(std::string_view raw, std::uint32_t& into) {
  std::uint64_t wide = 0;
  if (!take(raw, wide) || wide > std::numeric_limits<std::uint32_t>::max()) return false;
  into = static_cast<std::uint32_t>(wide);
  return true;
}

bool take(std::string_view raw, std::int32_t& into) {
  if (raw == null) return true;
  const auto value = json_signed(raw);
  if (!value || !std::in_range<std::int32_t>(*value)) return false;
  into = static_cast<std::int32_t>(*value);
  return true;
}

bool take_option(std::string_view raw, std::string& into) {
  if (raw != null) into = raw;
  return true;
}

bool take_payload(std::string_view raw, std::string& into) {
  into = raw;
  return true;
}

// ---- Members of an object.

// Calls visit(name, raw) for each member; a false answer is a malformed member.
template <class Visit>
result<void> each_member(std::string_view object, Visit visit) {
  json_cursor cursor(object, '{');
  for (json_cursor::item item; cursor.next(item);) {
    auto name = item.name.substr(1, item.name.size() - 2);
    std::string unescaped;
    if (name.find('\\') != std::string_view::npos) {
      unescaped = json_string(item.name).value_or(std::string());
      name = unescaped;
    }
    if (!visit(name, item.value)) return fail(errc::bad_request, "malformed member \"" + std::string(name) + '"');
  }
  if (!cursor.ok()) return fail(errc::bad_request, "an object is expected");
  return {};
}

bool take_since(std::string_view raw, history_command& into) {
  if (raw == null) return true;
  into.since_offset = 0;
  return each_member(raw,
                     [&](std::string_view name, std::string_view value) {
                       if (name == "offset") return take(value, *into.since_offset);
                       if (name == "epoch") return take(value, into.since_epoch);
                       return true;
                     })
      .has_value();
}

bool take_position(std::string_view raw, stream_position& into) {
  if (raw == null) return true;
  return each_member(raw,
                     [&](std::string_view name, std::string_view value) {
                       if (name == "recover") return take(value, into.recover);
                       if (name == "offset") return take(value, into.offset);
                       if (name == "epoch") return take(value, into.epoch);
                       return true;
                     })
      .has_value();
}

bool take_positions(std::string_view raw, std::map<std::string, stream_position>& into) {
  if (raw == null) return true;
  return each_member(raw, [&](std::string_view name, std::string_view value) { return take_position(value, into[std::string(name)]); })
      .has_value();
}

// ---- The requests. An unknown member is fine.

bool read(connect_command& into, std::string_view name, std::string_view raw) {
  if (name == "token") return take(raw, into.token);
  if (name == "data") return take_option(raw, into.data);
  if (name == "name") return take(raw, into.name);
  if (name == "version") return take(raw, into.version);
  if (name == "subs") return take_positions(raw, into.subs);
  return true;
}

bool read(subscribe_command& into, std::string_view name, std::string_view raw) {
  if (name == "channel") return take(raw, into.channel);
  if (name == "token") return take(raw, into.token);
  if (name == "data") return take_option(raw, into.data);
  if (name == "recover") return take(raw, into.recover);
  if (name == "epoch") return take(raw, into.epoch);
  if (name == "offset") return take(raw, into.offset);
  if (name == "positioned") return take(raw, into.positioned);
  if (name == "recoverable") return take(raw, into.recoverable);
  if (name == "join_leave") return take(raw, into.join_leave);
  if (name == "delta") return take(raw, into.delta);
  if (name == "tf") return take_option(raw, into.tags_filter);
  if (name == "flag") return take(raw, into.flag);
  if (name == "type") return take(raw, into.type);
  if (name == "phase") return take(raw, into.phase);
  if (name == "cursor") return take(raw, into.cursor);
  if (name == "limit") return take(raw, into.limit);
  return true;
}

bool read(publish_command& into, std::string_view name, std::string_view raw) {
  if (name == "channel") return take(raw, into.channel);
  if (name == "data") return take_payload(raw, into.data);
  if (name == "type") return take(raw, into.type);
  if (name == "key") return take(raw, into.key);
  if (name == "removed") return take(raw, into.removed);
  return true;
}

bool read(history_command& into, std::string_view name, std::string_view raw) {
  if (name == "channel") return take(raw, into.channel);
  if (name == "limit") return take(raw, into.limit);
  if (name == "since") return take_since(raw, into);
  if (name == "reverse") return take(raw, into.reverse);
  return true;
}

bool read(rpc_command& into, std::string_view name, std::string_view raw) {
  if (name == "method") return take(raw, into.method);
  if (name == "data") return take_payload(raw, into.data);
  return true;
}

bool read(sub_refresh_command& into, std::string_view name, std::string_view raw) {
  if (name == "channel") return take(raw, into.channel);
  if (name == "token") return take(raw, into.token);
  return true;
}

bool read(unsubscribe_command& into, std::string_view name, std::string_view raw) { return name != "channel" || take(raw, into.channel); }
bool read(presence_command& into, std::string_view name, std::string_view raw) { return name != "channel" || take(raw, into.channel); }
bool read(presence_stats_command& into, std::string_view name, std::string_view raw) {
  return name != "channel" || take(raw, into.channel);
}
bool read(send_command& into, std::string_view name, std::string_view raw) { return name != "data" || take_payload(raw, into.data); }
bool read(refresh_command& into, std::string_view name, std::string_view raw) { return name != "token" || take(raw, into.token); }
bool read(ping_command&, std::string_view, std::string_view) { return true; }

template <class Request>
bool read_request(std::string_view raw, command& into) {
  auto& body = into.body.emplace<Request>();
  return each_member(raw, [&](std::string_view name, std::string_view value) { return read(body, name, value); }).has_value();
}

struct method {
  std::string_view name;
  bool (*read)(std::string_view raw, command& into);
};

constexpr std::array methods{
    method{"publish", read_request<publish_command>},
    method{"subscribe", read_request<subscribe_command>},
    method{"unsubscribe", read_request<unsubscribe_command>},
    method{"connect", read_request<connect_command>},
    method{"presence", read_request<presence_command>},
    method{"presence_stats", read_request<presence_stats_command>},
    method{"history", read_request<history_command>},
    method{"rpc", read_request<rpc_command>},
    method{"send", read_request<send_command>},
    method{"refresh", read_request<refresh_command>},
    method{"sub_refresh", read_request<sub_refresh_command>},
    method{"ping", read_request<ping_command>},
};

}  // namespace

result<command> decode_json_command(std::string_view text) {
  command decoded;
  std::size_t requests = 0;
  const auto walked = each_member(text, [&](std::string_view name, std::string_view raw) {
    if (name == "id") return take(raw, decoded.id);
    const auto* found = std::find_if(methods.begin(), methods.end(), [&](const method& each) { return each.name == name; });
    if (found == methods.end() || raw == null) return true;
    ++requests;
    return found->read(raw, decoded);
  });
  if (!walked) return tl::unexpected(walked.error());
  const bool unanswered = std::holds_alternative<pong>(decoded.body) || std::holds_alternative<send_command>(decoded.body);
  if (requests > 1) return fail(errc::bad_request, "a command has exactly one request");
  if (requests == 0 && decoded.id != 0) return fail(errc::bad_request, "the command has no request this server knows");
  if (!unanswered && decoded.id == 0) return fail(errc::bad_request, "the command has no id");
  if (unanswered) decoded.id = 0;
  return decoded;
}

namespace {

// A command may be as long as its message: transport has measured that.
result<command> decode_line(std::string_view line, limits bounds) {
  bounds.document_bytes_max = line.size();
  if (line.find('\r') != std::string_view::npos) {
    const auto text = canonical_json(line, bounds);
    if (!text) return tl::unexpected(text.error());
    return decode_json_command(*text);
  }
  if (const auto valid = validate_json(line, bounds); !valid) return tl::unexpected(valid.error());
  return decode_json_command(line);
}

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r") == std::string_view::npos; }

}  // namespace

result<std::vector<command>> decode_json(std::string_view message, const limits& bounds) {
  std::vector<command> commands;
  while (!message.empty()) {
    const auto line = message.substr(0, message.find('\n'));
    message.remove_prefix(std::min(line.size() + 1, message.size()));
    if (is_blank(line)) continue;
    auto decoded = decode_line(line, bounds);
    if (!decoded) return tl::unexpected(std::move(decoded.error()));
    commands.push_back(std::move(*decoded));
  }
  if (commands.empty()) return fail(errc::bad_request, "the message holds no command");
  return commands;
}

}  // namespace tidewire::protocol
