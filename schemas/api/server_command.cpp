#include "schemas/api/server_command.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "schemas/api/operation_reader.hpp"
#include "schemas/json.hpp"
#include "schemas/limit_hits.hpp"
#include "schemas/names.hpp"

namespace tidewire::api {

namespace {

using method = server_method;

constexpr std::array<std::pair<std::string_view, method>, 13> offered{{
    {"publish", method::publish},
    {"broadcast", method::broadcast},
    {"map_publish", method::map_publish},
    {"map_remove", method::map_remove},
    {"map_read_state", method::map_read_state},
    {"map_read_stream", method::map_read_stream},
    {"history", method::history},
    {"presence", method::presence},
    {"presence_stats", method::presence_stats},
    {"unsubscribe", method::unsubscribe},
    {"disconnect", method::disconnect},
    {"channels", method::channels},
    {"info", method::info},
}};
constexpr std::array<std::string_view, 5> elsewhere{"subscribe", "refresh", "history_remove", "map_stats", "map_clear"};

// Members that ask for what is not offered, unless they have a value that asks for nothing.
constexpr std::array<std::string_view, 7> refused_members{"b64data", "skip_history", "version",  "version_epoch",
                                                          "score",   "key_mode",     "whitelist"};

bool asks_for_nothing(std::string_view raw) {
  return raw == "null" || raw == "false" || raw == "0" || raw == R"("")" || raw == "[]" || raw == "{}";
}

bool changes(method what) {
  return what == method::publish || what == method::broadcast || what == method::map_publish || what == method::map_remove;
}
bool has_key(method what) { return what == method::map_publish || what == method::map_remove; }
bool of_one_channel(method what) { return what < method::disconnect && what != method::broadcast; }
bool of_user(method what) { return what == method::unsubscribe || what == method::disconnect; }

class command_reader {
 public:
  command_reader(method what, std::string_view caller, const limits& bounds) : bounds_(bounds), caller_(caller), change_({}, bounds) {
    made_.what = what;
  }

  result<server_command> read(std::string_view body) {
    const auto members = json_members(body);
    if (!members) return fail(errc::bad_request, "must be an object");
    for (const auto& [name, raw] : *members) {
      if (raw == "null" && name != "data") continue;  // absent
      if (const auto taken = take(name, raw); !taken) return tl::unexpected(taken.error());
    }
    if (const auto whole = finish(); !whole) return tl::unexpected(whole.error());
    return std::move(made_);
  }

 private:
  result<void> take(std::string_view name, std::string_view raw) {
    if (std::ranges::find(refused_members, name) != refused_members.end())
      return asks_for_nothing(raw) ? result<void>{} : fail_member(name, errc::not_available, "is not offered");
    if (name == "channel" && of_one_channel(made_.what)) return take_channel(name, raw);
    if (name == "channels" && made_.what == method::broadcast) return take_channels(raw);
    if (changes(made_.what)) return take_change(name, raw);
    if (of_user(made_.what)) return take_whom(name, raw);
    if (name == "pattern") return take_text(name, raw, made_.pattern);
    return take_question(name, raw);
  }

  result<void> take_channel(std::string_view name, std::string_view raw) {
    auto channel = json_string(raw);
    if (!channel) return fail_member(name, errc::bad_request, "must be a string");
    const auto checked = changes(made_.what) ? check_publishable_room(*channel, bounds_.room_name_bytes_max)
                                             : check_single_room(*channel, bounds_.room_name_bytes_max);
    if (!checked) return fail_member(name, checked.error().code, checked.error().detail);
    made_.channels.push_back(std::move(*channel));
    return {};
  }

  result<void> take_channels(std::string_view raw) {
    const auto all = json_elements(raw);
    if (!all) return fail_member("channels", errc::bad_request, "must be an array of strings");
    if (exceeds<"batch_items_max">(all->size() > bounds_.batch_items_max))
      return fail_member("channels", errc::limit_exceeded, "has more than " + std::to_string(bounds_.batch_items_max) + " channels");
    for (const auto each : *all)
      if (const auto taken = take_channel("channels", each); !taken) return taken;
    return {};
  }

  result<void> take_change(std::string_view name, std::string_view raw) {
    if (name == "data" && made_.what != method::map_remove) return change_.read_data(name, raw);
    if (name == "tags" && made_.what != method::map_remove) return change_.read_tags(name, raw);
    if (name == "key" && has_key(made_.what)) {
      keyed_ = true;
      return change_.read_key(name, raw);
    }
    if (name == "idempotency_key" && raw != R"("")") return change_.make_idempotent(name, "key", caller_, json_string(raw));
    return {};
  }

  result<void> take_whom(std::string_view name, std::string_view raw) {
    if (name == "user") return take_text(name, raw, made_.user);
    if (name == "client") return take_text(name, raw, made_.client);
    if (name == "session" && !asks_for_nothing(raw)) return fail_member(name, errc::not_available, "is not offered");
    if (name != "disconnect" || made_.what != method::disconnect) return {};
    const auto wish = json_members(raw);
    if (!wish) return fail_member(name, errc::bad_request, "must be an object");
    for (const auto& [member, value] : *wish) {
      if (member != "code") continue;
      const auto code = json_unsigned(value);
      if (code == static_cast<std::uint64_t>(close_code::force_reconnect))
        made_.code = close_code::force_reconnect;
      else if (code != static_cast<std::uint64_t>(close_code::force_disconnect))
        return fail_member("disconnect/code", errc::not_available, "must be 3503, or 3011 for who may come back");
    }
    return {};
  }

  result<void> take_question(std::string_view name, std::string_view raw) {
    if (name == "limit") {
      const auto rows = json_signed(raw);
      if (!rows) return fail_member(name, errc::bad_request, "must be an integer");
      made_.limit = *rows;
    }
    if (name == "reverse") {
      const auto reverse = json_boolean(raw);
      if (!reverse) return fail_member(name, errc::bad_request, "must be true or false");
      made_.reverse = *reverse;
    }
    if (name == "cursor") return take_text(name, raw, made_.cursor);
    if (name == "key") return take_text(name, raw, made_.key);
    if (name == "since_epoch") return take_text(name, raw, made_.since_epoch);
    if (name == "since_offset") return take_offset(name, raw);
    if (name != "since") return {};
    const auto position = json_members(raw);
    if (!position) return fail_member(name, errc::bad_request, "must be an object");
    made_.since_offset = 0;
    for (const auto& [member, value] : *position) {
      const auto taken = member == "offset"  ? take_offset("since/offset", value)
                         : member == "epoch" ? take_text("since/epoch", value, made_.since_epoch)
                                             : result<void>{};
      if (!taken) return taken;
    }
    return {};
  }

  result<void> take_offset(std::string_view name, std::string_view raw) {
    made_.since_offset = json_unsigned(raw);
    if (!made_.since_offset) return fail_member(name, errc::bad_request, "must be an offset");
    return {};
  }

  result<void> take_text(std::string_view name, std::string_view raw, std::string& into) {
    auto text = json_string(raw);
    if (!text) return fail_member(name, errc::bad_request, "must be a string");
    into = std::move(*text);
    return {};
  }

  result<void> finish() {
    if (of_one_channel(made_.what) && made_.channels.empty()) return fail_member("channel", errc::bad_request, "is missing");
    if (made_.what == method::broadcast && made_.channels.empty()) return fail_member("channels", errc::bad_request, "is missing");
    if (of_user(made_.what) && made_.user.empty()) return fail_member("user", errc::bad_request, "is missing");
    if (!made_.key.empty())
      if (const auto named = check_key(made_.key, bounds_.key_bytes_max); !named)
        return fail_member("key", named.error().code, named.error().detail);
    if (!changes(made_.what)) return {};
    if (has_key(made_.what) && !keyed_) return fail_member("key", errc::bad_request, "is missing");
    const auto kind = made_.what == method::map_remove ? R"("remove")" : R"("set")";
    if (const auto taken = change_.read_kind("op", kind); !taken) return taken;
    auto change = std::move(change_).finish();
    if (!change) return tl::unexpected(std::move(change.error()));
    made_.change = std::move(*change);
    return {};
  }

  static tl::unexpected<failure> fail_member(std::string_view name, errc code, std::string_view what) {
    return fail_at(name.find('/') == std::string_view::npos ? member_pointer("", name) : "/" + std::string(name), code, what);
  }

  const limits& bounds_;
  const std::string_view caller_;
  operation_reader change_;
  server_command made_;
  bool keyed_ = false;
};

// Of a whole body: the data of one command has its own bound.
result<std::string> canonical_body(std::string_view body, const limits& bounds) {
  auto whole = bounds;
  whole.document_bytes_max = bounds.http_body_bytes_max;
  whole.json_depth_max = bounds.json_depth_max + 4;
  return canonical_json(body, whole);
}

result<server_command> read_command(server_method what, std::string_view raw, std::string_view caller, const limits& bounds) {
  return command_reader(what, caller, bounds).read(raw);
}

server_batch::item read_item(std::string_view raw, std::string_view caller, const limits& bounds) {
  const auto members = json_members(raw);
  if (!members || members->size() != 1) return {{}, fail(errc::bad_request, "a command is an object with one member, its method")};
  const auto& [name, request] = members->front();
  const auto what = server_method_of(name);
  if (!what) return {name, tl::unexpected(what.error())};
  return {name, read_command(*what, request, caller, bounds)};
}

}  // namespace

result<server_method> server_method_of(std::string_view name) {
  for (const auto& [known, what] : offered)
    if (known == name) return what;
  if (std::ranges::find(elsewhere, name) != elsewhere.end()) return fail(errc::not_available, "this method is not offered");
  return fail(errc::method_not_found, "no such method");
}

std::string_view name_of(server_method what) noexcept { return offered[static_cast<std::size_t>(what)].first; }

result<server_command> parse_server_command(server_method what, std::string_view body, std::string_view caller, const limits& bounds) {
  const auto json = canonical_body(body.empty() ? "{}" : body, bounds);
  if (!json) return tl::unexpected(json.error());
  return read_command(what, *json, caller, bounds);
}

result<server_batch> parse_server_batch(std::string_view body, std::string_view caller, const limits& bounds) {
  const auto json = canonical_body(body, bounds);
  if (!json) return tl::unexpected(json.error());
  const auto members = json_members(*json);
  if (!members) return fail(errc::bad_request, "must be an object");
  server_batch made;
  for (const auto& [name, raw] : *members) {
    if (name == "parallel") {
      const auto parallel = json_boolean(raw);
      if (!parallel) return fail_at("/parallel", errc::bad_request, "must be true or false");
      made.parallel = *parallel;
    }
    if (name != "commands") continue;
    const auto all = json_elements(raw);
    if (!all) return fail_at("/commands", errc::bad_request, "must be an array");
    if (exceeds<"batch_items_max">(all->size() > bounds.batch_items_max))
      return fail_at("/commands", errc::limit_exceeded, "has more than " + std::to_string(bounds.batch_items_max) + " commands");
    made.commands.clear();
    for (const auto each : *all) made.commands.push_back(read_item(each, caller, bounds));
  }
  return made;
}

}  // namespace tidewire::api
