// tidectl publish: one change, from the command line or from standard input.
#include <CLI/CLI.hpp>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>

#include "schemas/protocol/json_object.hpp"
#include "tools/ctl/commands.hpp"
#include "tools/ctl/help.hpp"
#include "tools/ctl/json_row.hpp"
#include "tools/ctl/listeners.hpp"
#include "tools/ctl/progress.hpp"
#include "tools/ctl/shown.hpp"

namespace tidewire::ctl {

namespace {

constexpr auto answer_timeout = std::chrono::seconds(30);
constexpr std::size_t data_bytes_max = 67'108'864;  // the server has its own limit

struct publish_flags {
  std::string room, key, op, idempotency_key;
  std::optional<std::string> data;
  std::optional<std::uint64_t> if_version, ttl_s;
  std::vector<std::string> tags;
};

// Checked here, so that a mistake of quoting is told in its own words.
result<std::string> read_data(const publish_flags& flags) {
  if (!flags.data)
    return flags.op == "remove" ? result<std::string>("")
                                : fail(errc::bad_request, "what to publish is missing: give JSON, or - for standard input");
  const auto text = *flags.data == "-" ? std::string(std::istreambuf_iterator<char>(std::cin), {}) : *flags.data;
  limits bounds;
  bounds.document_bytes_max = data_bytes_max;
  bounds.json_depth_max = 1'000;
  auto json = canonical_json(text, bounds);
  if (!json)
    return fail(errc::bad_request, "what to publish is no JSON (" + json.error().detail +
                                       "): a text is '\"…\"', an object '{\"a\": 1}', in single quotes for the shell");
  return json;
}

result<std::string> compose(const publish_flags& flags, const std::string& data) {
  std::string body;
  {
    protocol::json_object object(body);
    object.string_unless_empty("key", flags.key);
    object.string_unless_empty("op", flags.op);
    object.raw_unless_empty("data", data);
    object.string_unless_empty("idempotency_key", flags.idempotency_key);
    if (flags.if_version) object.number("if_version", *flags.if_version);
    if (flags.ttl_s) object.number("ttl", *flags.ttl_s);
    if (!flags.tags.empty()) {
      protocol::json_object tags(object.name("tags"));
      for (const auto& each : flags.tags) {
        const auto equals = each.find('=');
        if (equals == std::string::npos || equals == 0) return fail(errc::bad_request, "--tag " + each + ": say NAME=VALUE");
        tags.entry(each.substr(0, equals), each.substr(equals + 1));
      }
    }
  }
  return body;
}

exit_code publish(const session& with, const publish_flags& flags) {
  const auto data = read_data(flags);
  if (!data) return with.fail_with(data.error()), exit_code::usage;
  const auto body = compose(flags, *data);
  if (!body) return with.fail_with(body.error()), exit_code::usage;
  room_listener server(with, answer_timeout);
  const auto answer = server.ask({"POST", room_path(flags.room, "/events"), "application/json", *body});
  if (!answer) return with.fail_with(answer.error());
  const json_row row(*answer);
  auto text = shown(row.text("room")) + ": offset " + count_text(row.number("offset"));
  if (row.has("version")) text += ", version " + count_text(row.number("version"));
  with.say(text + "\n", *answer);
  return exit_code::done;
}

}  // namespace

command add_publish(CLI::App& root, const session& with) {
  const auto flags = std::make_shared<publish_flags>();
  auto* app = root.add_subcommand("publish", "Publish one change to a room, and wait until it is committed");
  app->add_option("room", flags->room, "its name")->required();
  app->add_option("data", flags->data, "JSON; - is standard input; none for --op remove");
  app->add_option("--key", flags->key, "of the entity that it changes (default: none, it is one of the stream alone)");
  app->add_option("--op", flags->op, "what is done with the data (default: merge with a key, else set)")
      ->check(CLI::IsMember({"merge", "set", "remove", "increment", "patch"}));
  app->add_option("--if-version", flags->if_version, "only if the entity has this version; 0: only if there is none")
      ->check(CLI::NonNegativeNumber)
      ->type_name("VERSION");
  app->add_option("--idempotency-key", flags->idempotency_key, "repeated with the same one, it is applied once");
  app->add_option("--ttl", flags->ttl_s, "seconds after which the entity is removed; 0: never")->type_name("S");
  app->add_option("--tag", flags->tags, "NAME=VALUE; may be given several times")->allow_extra_args(false);
  describe(*app,
           "With exit status 3 the outcome is unknown; with an --idempotency-key the same command may simply be repeated.\n"
           "A condition of --if-version that does not hold changes nothing: exit status 1. Data that begins with a dash stands\n"
           "behind --, as in publish room -- -5.",
           {{"publish sensor:lab --key t1 '{\"attributes\": {\"celsius\": 21.5}}'", "changes an entity"},
            {"publish sensor:lab --key t1 --op remove", "removes it"},
            {"publish sensor:lab --key hits --op increment '{\"n\": 1}' --idempotency-key 7f3a", "adds, once"},
            {"publish log:deploys - < deploy.json", "from a file"}});
  return {app, [flags, &with] { return publish(with, *flags); }};
}

}  // namespace tidewire::ctl
