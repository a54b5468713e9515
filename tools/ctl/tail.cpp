// tidectl tail: what happens in a room, as it happens.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>

#include "schemas/protocol/event_stream_reader.hpp"
#include "schemas/protocol/json_object.hpp"
#include "tools/ctl/commands.hpp"
#include "tools/ctl/help.hpp"
#include "tools/ctl/interrupts.hpp"
#include "tools/ctl/json_row.hpp"
#include "tools/ctl/listeners.hpp"
#include "tools/ctl/publication_line.hpp"
#include "tools/ctl/room_follower.hpp"
#include "tools/ctl/shown.hpp"
#include "transport/http_stream.hpp"

namespace tidewire::ctl {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr auto answer_timeout = 10s;
constexpr auto silence_max = 90s;  // the server says something every ping_interval_s, 25 s by default
constexpr std::chrono::milliseconds first_pause = 200ms;
constexpr std::chrono::milliseconds longest_pause = 5s;
constexpr std::size_t event_bytes_max = 67'108'864;

struct tail_flags {
  std::string room, fields, key;
  std::optional<std::uint64_t> since;
  std::optional<std::uint32_t> patience_s;
  std::uint64_t count = 0;
};

class tail_run {
 public:
  tail_run(const session& with, const tail_flags& flags) : with_(with), flags_(flags), server_(with, answer_timeout) {}

  exit_code run() {
    if (const auto begun = begin(); !begun) return with_.fail_with(begun.error());
    auto pause = first_pause;
    auto away_since = clock::now();
    while (!over_ && !signals_.came()) {
      lively_ = false;
      auto end = connect();
      if (over_ || signals_.came()) break;
      if (lively_) {
        away_since = clock::now();
        pause = first_pause;
      }
      if (end && server_.gives_way(*end)) continue;
      if (end && !is_temporary(end->code)) return with_.fail_with(server_.explain(*end));
      const auto patience = flags_.patience_s ? std::chrono::seconds(*flags_.patience_s) : connected_ ? clock::duration::max() / 2 : 0s;
      if (end && clock::now() - away_since >= patience) return with_.fail_with(*end);
      if (again_) {
        again_ = false;
        continue;
      }
      if (lively_ || !told_away_) note("the connection is lost; coming back");
      told_away_ = true;
      signals_.wait_for(pause);
      pause = std::min(2 * pause, longest_pause);
    }
    return exit_code::done;
  }

 private:
  // With --since: which epoch is meant.
  result<void> begin() {
    follower_.emplace(flags_.fields.empty());
    if (!flags_.since) return {};
    const auto room = server_.ask({"GET", room_path(flags_.room)});
    if (!room && room.error().code != errc::unknown_room) return tl::unexpected(room.error());
    if (room) follower_.emplace(flags_.fields.empty(), json_row(*room).text("epoch"), *flags_.since);
    return {};
  }

  // One connection, to its end: why, if it was refused or never came about.
  std::optional<failure> connect() {
    transport::http_stream stream(server_.address(), answer_timeout, signals_.descriptor());
    auto request =
        server_.authorised({"GET", query(room_path(flags_.room, "/stream")).add("type", "stream").add("fields", flags_.fields).target()});
    if (const auto id = follower_->last_event_id(); !id.empty()) request.headers.push_back({"last-event-id", id});
    const auto head = stream.open(request);
    if (!head) return head.error();
    if (head->status != 200)
      return read_problem(head->content_type.starts_with("application/problem+json") ? head->body : "", head->status);
    protocol::event_stream_reader reader(event_bytes_max);
    for (;;) {
      const auto piece = stream.read(silence_max);
      if (piece.what != transport::http_stream::outcome::bytes) return std::nullopt;
      const auto fed = reader.feed(piece.bytes, [&](const protocol::server_event& event) {
        for (const auto& each : follower_->take(event))
          if (!over_ && !again_) tell(each);
      });
      if (!fed) return fed.error();
      if (over_ || again_) return std::nullopt;
    }
  }

  void tell(const follow_note& told) {
    using kind = follow_note::kind;
    switch (told.what) {
      case kind::publication: return publication(told);
      case kind::live:
        if (!connected_ || told_away_) note("following " + flags_.room + " from offset " + std::to_string(told.offset) + " on");
        lively_ = connected_ = true;
        told_away_ = false;
        return event("live", told);
      case kind::reset: note("what happened before is not kept any more: going on with what comes now"); return event("reset", told);
      case kind::gap:
        note("offsets " + std::to_string(told.first) + " to " + std::to_string(told.offset) + " were not told");
        return event("gap", told);
      case kind::again: again_ = true; return;
    }
  }

  void publication(const follow_note& told) {
    lively_ = true;
    if (!is_wanted(json_row(told.text).text("key"))) return;
    line(with_.json ? shown_json(told.text) : publication_line(told.text));
    if (flags_.count > 0 && ++shown_ == flags_.count) over_ = true;
  }

  bool is_wanted(std::string_view key) const {
    const std::string_view wanted = flags_.key;
    if (wanted.ends_with('*')) return key.starts_with(wanted.substr(0, wanted.size() - 1));
    return wanted.empty() || key == wanted;
  }

  // Among the lines of JSON, what is no publication.
  void event(std::string_view name, const follow_note& told) {
    if (!with_.json) return;
    std::string text;
    {
      protocol::json_object object(text);
      protocol::json_object inner(object.name(name));
      inner.string_unless_empty("epoch", told.epoch);
      if (told.what == follow_note::kind::gap) inner.number("first", told.first);
      if (told.what != follow_note::kind::reset) inner.number("offset", told.offset);
    }
    line(shown_json(text));
  }

  void line(std::string text) {
    text += '\n';
    // Who reads this has gone: nothing more is to do.
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) over_ = true;
  }

  void note(const std::string& text) const {
    if (!with_.json) std::fprintf(stderr, "tidectl: %s\n", shown(text).c_str());
  }

  const session& with_;
  const tail_flags& flags_;
  const interrupts signals_;
  room_listener server_;
  std::optional<room_follower> follower_;
  std::uint64_t shown_ = 0;
  bool connected_ = false;  // it was live once
  bool lively_ = false;     // something came over the present connection
  bool told_away_ = false;
  bool again_ = false;
  bool over_ = false;
};

}  // namespace

command add_tail(CLI::App& root, const session& with) {
  const auto flags = std::make_shared<tail_flags>();
  auto* app = root.add_subcommand("tail", "Show what happens in a room as it happens, until Ctrl-C");
  app->add_option("room", flags->room, "its name")->required();
  app->add_option("--since", flags->since, "begin with what came after this offset (default: with what comes now)")->type_name("OFFSET");
  app->add_option("--key", flags->key, "only changes of this key; t* means all keys that begin with t");
  app->add_option("--fields", flags->fields, "only these members of documents, and only changes of them: state,attributes.level");
  app->add_option("--count", flags->count, "end after so many")->type_name("N");
  app->add_option("--patience", flags->patience_s, "end with status 3 when the server is away for so long (default: come back for ever)")
      ->type_name("S");
  describe(
      *app,
      "A connection that is lost is made again by itself, and what happened meanwhile is told; if that is not kept any more, tail says\n"
      "so. --json writes a line for each publication, and {\"live\":…}, {\"reset\":…} where the stream is up to date or cannot go on\n"
      "without a gap. Ctrl-C, SIGTERM and a pipe that is closed end it with status 0.",
      {{"tail sensor:lab", ""},
       {"tail sensor:lab --since 117 --key 't*' --json | jq .data", "from offset 118 on, as JSON"},
       {"tail log:deploys --count 1", "wait for the next one"}});
  return {app, [flags, &with] { return tail_run(with, *flags).run(); }};
}

}  // namespace tidewire::ctl
