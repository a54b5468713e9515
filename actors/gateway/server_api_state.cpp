#include "actors/gateway/server_api_state.hpp"

#include <algorithm>

#include "actors/gateway/access.hpp"
#include "actors/gateway/readable_pages.hpp"
#include "actors/gateway/responses.hpp"
#include "actors/gateway/server_api_replies.hpp"
#include "schemas/api/cursor.hpp"
#include "schemas/limit_hits.hpp"

namespace tidewire {

namespace {

using api::server_method;

// Where one must be allowed something to be allowed it everywhere.
const std::string all_rooms = "*";

std::string_view method_of(std::string_view target) {
  const auto path = target.substr(0, target.find('?'));
  return path.substr(path.rfind('/') + 1);
}

bool changes(const result<api::server_command>& command) { return command && command->what <= server_method::map_remove; }

std::string wrap(std::string_view name, std::string_view json) {
  std::string text = "{\"";
  return text.append(name).append("\":").append(json).append("}");
}

}  // namespace

void server_api_state::on_request(const transport::http_request& request, rights who, transport::http_responder_ptr responder) {
  auto from = std::make_shared<call>();
  from->transport_errors = request.find("x-centrifugo-error-mode") == "transport";
  from->responder = std::move(responder);
  const auto name = method_of(request.target);
  if (name == "batch") {
    auto batch = api::parse_server_batch(request.body, who.user, options_.limit);
    if (batch) {
      from->batch = true;
      from->parallel = batch->parallel;
      for (auto& each : batch->commands) from->entries.push_back({std::move(each.method), std::move(each.command)});
    } else {
      from->entries.push_back({"batch", tl::unexpected(std::move(batch.error()))});
    }
  } else {
    const auto what = api::server_method_of(name);
    from->entries.push_back({std::string(name), what ? api::parse_server_command(*what, request.body, who.user, options_.limit)
                                                     : result<api::server_command>(tl::unexpected(what.error()))});
  }
  from->may = std::move(who);
  advance(from);
}

// Begins what may begin; when nothing is left, answers.
void server_api_state::advance(const call_ptr& from) {
  while (from->next < from->entries.size() && may_begin(*from)) begin(from, from->next++);
  if (from->open == 0 && from->next == from->entries.size()) finish(*from);
}

bool server_api_state::may_begin(const call& from) {
  if (from.open == 0) return true;
  return from.parallel && changes(from.entries[from.next].command) && changes(from.entries[from.next - 1].command);
}

void server_api_state::begin(const call_ptr& from, std::size_t entry) {
  auto& at = from->entries[entry];
  at.parts.resize(at.command && at.command->what == server_method::broadcast ? at.command->channels.size() : 1);
  for (std::size_t part = 0; part < at.parts.size(); ++part) start(from, entry, part);
}

void server_api_state::start(const call_ptr& from, std::size_t entry, std::size_t part) {
  auto& at = from->entries[entry];
  auto checked = at.command ? result<void>{} : tl::unexpected(at.command.error());
  if (checked) checked = check(*from, *at.command, part < at.command->channels.size() ? at.command->channels[part] : all_rooms);
  if (checked && exceeds<"page_bytes_max">(from->bytes > options_.limit.page_bytes_max))
    checked = fail(errc::limit_exceeded, "the answers before it in this batch are longer than page_bytes_max");
  if (checked) return ask(from, entry, part);
  port_.note_refusal(checked.error().code);
  at.parts[part] = {server_api::error(checked.error()), checked.error().code};
}

result<void> server_api_state::check(const call& from, const api::server_command& command, const std::string& room) const {
  const auto needs = [&](room_action what) { return check_may(options_, from.may, what, room); };
  switch (command.what) {
    case server_method::publish:
    case server_method::broadcast:
    case server_method::map_publish:
    case server_method::map_remove: return needs(room_action::publish);
    case server_method::map_read_state: return needs(room_action::subscribe);
    case server_method::map_read_stream:
    case server_method::history: return needs(room_action::history);
    case server_method::presence:
    case server_method::presence_stats:
      if (const auto allowed = needs(room_action::presence); !allowed) return allowed;
      if (!options_of(options_, room).presence) return fail(errc::not_available, "this namespace keeps no presence");
      return {};
    case server_method::unsubscribe:
    case server_method::disconnect:
    case server_method::info: return needs(room_action::manage);
    case server_method::channels: return {};  // shows those whose presence may be seen
  }
  return {};
}

void server_api_state::ask(const call_ptr& from, std::size_t entry, std::size_t part) {
  const auto& command = *from->entries[entry].command;
  const auto room = part < command.channels.size() ? command.channels[part] : std::string{};
  switch (command.what) {
    case server_method::publish:
    case server_method::broadcast:
    case server_method::map_publish:
    case server_method::map_remove: return port_.publish(expect(from, entry, part), room, {{command.change}, std::nullopt, nullptr});
    case server_method::map_read_state: return ask_state(from, entry);
    case server_method::map_read_stream:
    case server_method::history: return ask_history(expect(from, entry, part), command);
    case server_method::presence: return port_.ask_presence(expect(from, entry, part), room);
    case server_method::presence_stats: return port_.ask_presence_stats(expect(from, entry, part), room);
    case server_method::unsubscribe: return port_.expel(expect(from, entry, part), room, command.user, command.client);
    case server_method::disconnect:
      port_.end_connections({command.user, command.client, command.code});
      from->entries[entry].parts[part] = {"{}", std::nullopt};
      return;
    case server_method::channels:
      return port_.ask_audiences(expect(from, entry, part), room_glob::of_stars(command.pattern.empty() ? "*" : command.pattern));
    case server_method::info: return port_.ask_audiences(expect(from, entry, part), std::nullopt);
  }
}

void server_api_state::ask_history(ticket which, const api::server_command& command) {
  const auto most = options_.limit.page_rows_max;
  const auto rows = command.limit < 0 ? most : std::clamp<std::size_t>(static_cast<std::size_t>(command.limit), 1, most);
  port_.read_stream(which, command.channels.front(), command.since_offset.value_or(0), {rows, options_.limit.page_bytes_max},
                    command.reverse);
}

void server_api_state::ask_state(const call_ptr& from, std::size_t entry) {
  auto& at = from->entries[entry];
  const auto& command = *at.command;
  if (!command.key.empty()) return port_.view_entity(expect(from, entry, 0), command.channels.front(), command.key, std::nullopt);
  const auto after = command.cursor.empty() ? result<std::string>{} : api::decode_cursor(api::listing::entities, command.cursor);
  if (!after) {
    at.parts[0] = {server_api::error(after.error()), after.error().code};
    return;
  }
  const auto most = options_.limit.page_rows_max;
  const auto rows = command.limit < 0    ? most
                    : command.limit == 0 ? options_.limit.page_rows_default
                                         : std::min(static_cast<std::size_t>(command.limit), most);
  port_.read_state(expect(from, entry, 0), command.channels.front(), *after, {rows, options_.limit.page_bytes_max}, std::nullopt);
}

// ---- answers -------------------------------------------------------------------------------------------------------------

ticket server_api_state::expect(const call_ptr& from, std::size_t entry, std::size_t part) {
  const auto which = ++last_ticket_;
  ++from->open;
  under_way_.emplace(which, place{from, entry, part, port_.steady_ms() + std::int64_t{options_.limit.request_timeout_s} * 1000});
  return which;
}

// `write` makes a result of the answer and its command: a string, or a result<std::string>.
template <class T, class Write>
void server_api_state::settle(ticket which, const result<T>& outcome, Write write) {
  auto found = under_way_.extract(which);
  if (found.empty()) return;
  const auto& at = found.mapped();
  auto& entry = at.from->entries[at.entry];
  auto made = outcome ? result<std::string>(write(*outcome, *entry.command)) : tl::unexpected(outcome.error());
  auto& part = entry.parts[at.part];
  part = made ? reply{std::move(*made), std::nullopt} : reply{server_api::error(made.error()), made.error().code};
  at.from->bytes += part.json.size();
  --at.from->open;
  advance(at.from);
}

void server_api_state::on_published(ticket which, const result<published>& outcome) {
  settle(which, outcome, [](const published& done, const auto&) {
    return server_api::position(done.epoch, done.changes.empty() ? 0 : done.changes.front().offset);
  });
}

// What they may read who have asked; nothing: everything.
std::optional<field_mask> server_api_state::readable(ticket which, room_action what) const {
  const auto found = under_way_.find(which);
  if (found == under_way_.end()) return std::nullopt;
  const auto& at = found->second;
  return readable_fields(options_, at.from->may, what, at.from->entries[at.entry].command->channels.front());
}

void server_api_state::on_entity(ticket which, const result<entity_view>& view) {
  settle(which, view, [shown = readable(which, room_action::subscribe)](const entity_view& read, const auto&) {
    const auto seen = readable_view(shown, read);
    const auto* row = seen.document ? &*seen.document : nullptr;
    return server_api::map_state(seen.epoch, row ? row->version : 0, {row, row ? 1U : 0U}, {});
  });
}

void server_api_state::on_state(ticket which, const result<storage::state_page>& page) {
  settle(which, page, [shown = readable(which, room_action::subscribe)](const storage::state_page& all, const auto&) {
    const auto read = readable_page(shown, all);
    const auto cursor = read.more && !read.rows.empty() ? api::encode_cursor(api::listing::entities, read.rows.back().key) : std::string{};
    return server_api::map_state(read.epoch, read.top, read.rows, cursor);
  });
}

void server_api_state::on_stream(ticket which, const result<storage::stream_page>& page) {
  const auto shown = readable(which, room_action::history);
  settle(which, page, [&](const storage::stream_page& all, const api::server_command& command) -> result<std::string> {
    const auto read = readable_page(shown, all);
    if (!command.since_epoch.empty() && command.since_epoch != read.epoch) return fail(errc::unrecoverable);
    const bool with_rows = command.limit != 0 && !(command.reverse && command.since_offset == 0U);  // nothing lies below offset 0
    return command.what == server_method::history ? server_api::history(read, with_rows) : server_api::map_stream(read, with_rows);
  });
}

void server_api_state::on_presence(ticket which, const result<protocol::presence_result>& clients) {
  settle(which, clients, [](const auto& present, const auto&) { return server_api::presence(present); });
}

void server_api_state::on_presence_stats(ticket which, const result<protocol::presence_stats_result>& stats) {
  settle(which, stats, [](const auto& present, const auto&) { return server_api::presence_stats(present); });
}

void server_api_state::on_audiences(ticket which, const result<audience_overview>& seen) {
  const auto found = under_way_.find(which);
  if (found == under_way_.end()) return;
  const auto whose = found->second.from;
  settle(which, seen, [&](const audience_overview& all, const api::server_command& command) -> result<std::string> {
    if (command.what == server_method::info) return server_api::info(port_.facts(), all);
    std::vector<audience_row> shown;
    for (const auto& each : all.rooms)
      if (may(options_, whose->may, room_action::presence, each.room)) shown.push_back(each);
    const auto most = options_.limit.page_rows_max;
    if (exceeds<"page_rows_max">(shown.size() > most))
      return fail(errc::limit_exceeded, "more than " + std::to_string(most) + " channels match; ask with a narrower pattern");
    return server_api::channels(shown);
  });
}

void server_api_state::on_expelled(ticket which, const result<expelled>& outcome) {
  settle(which, outcome, [](const auto&, const auto&) { return std::string("{}"); });
}

void server_api_state::tick() {
  const auto now = port_.steady_ms();
  while (!under_way_.empty() && exceeds<"request_timeout_s">(under_way_.begin()->second.due_ms <= now))
    settle(under_way_.begin()->first, result<std::string>(fail(errc::timeout)), [](const auto& text, const auto&) { return text; });
}

// ---- the response --------------------------------------------------------------------------------------------------------

void server_api_state::finish(const call& from) {
  const auto text_of = [](const slot& at) -> reply {
    if (!at.command || at.command->what != server_method::broadcast) return at.parts.front();
    std::string responses;
    for (const auto& each : at.parts) {
      if (!responses.empty()) responses += ',';
      responses += wrap(each.error ? "error" : "result", each.json);
    }
    return {R"({"responses":[)" + responses + "]}", std::nullopt};
  };
  if (!from.batch) {
    const auto only = text_of(from.entries.front());
    if (!only.error) return from.responder->answer(json_response(wrap("result", only.json)));
    if (from.transport_errors) return from.responder->answer(json_response(only.json, server_api::status_of(*only.error)));
    return from.responder->answer(json_response(wrap("error", only.json)));
  }
  std::string replies;
  for (const auto& each : from.entries) {
    const auto made = text_of(each);
    if (!replies.empty()) replies += ',';
    replies += made.error ? wrap("error", made.json) : wrap(each.name, made.json);
  }
  from.responder->answer(json_response(R"({"replies":[)" + replies + "]}"));
}

}  // namespace tidewire
