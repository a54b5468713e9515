#include "actors/gateway/server_api_replies.hpp"

#include "schemas/protocol/json_object.hpp"
#include "schemas/protocol/result_shapes.hpp"

namespace tidewire::server_api {

namespace {

using protocol::json_array;
using protocol::json_object;

// The text of an object that `write` fills.
template <class Write>
std::string object(Write write) {
  std::string text;
  {
    json_object into(text);
    write(into);
  }
  return text;
}

void write_time(json_object& into, std::int64_t ms) { into.number("time", static_cast<std::uint64_t>(ms)); }

}  // namespace

std::string error(const failure& why) {
  const auto& row = describe(why.code);
  return object([&](json_object& into) {
    into.number("code", row.protocol_code);
    into.string("message", why.detail.empty() ? std::string(row.message) : std::string(row.message) + ": " + why.detail);
  });
}

std::uint16_t status_of(errc code) noexcept {
  switch (describe(code).protocol_code) {
    case 100: return 500;
    case 102:
    case 104: return 404;
    case 103: return 403;
    case 111: return 429;
    case 112: return 416;
    case 113: return 409;
    default: return 400;
  }
}

std::string position(std::string_view epoch, std::uint64_t offset) {
  return object([&](json_object& into) {
    into.number("offset", offset);
    into.string("epoch", epoch);
  });
}

std::string history(const storage::stream_page& page, bool with_rows) {
  return object([&](json_object& into) {
    {
      json_array rows(into.name("publications"));
      if (with_rows)
        for (const auto& each : page.publications)
          protocol::shapes::write_publication<json_object>(rows.item(), protocol::subscription_type::stream, *each);
    }
    into.string("epoch", page.epoch);
    into.number("offset", page.top);
  });
}

std::string map_stream(const storage::stream_page& page, bool with_rows) {
  return object([&](json_object& into) {
    {
      json_array rows(into.name("entries"));
      for (const auto& each : page.publications) {
        if (!with_rows || !each->key) continue;
        json_object row(rows.item());
        row.string("key", *each->key);
        row.raw_unless_empty("data", each->data);
        protocol::shapes::write_tags(row, each->tags);
        row.number("offset", each->offset);
        row.flag("removed", each->removed);
        write_time(row, each->time_ms);
      }
    }
    into.number("offset", page.top);
    into.string("epoch", page.epoch);
  });
}

std::string map_state(std::string_view epoch, std::uint64_t offset, std::span<const entity_document> rows_of, std::string_view cursor) {
  return object([&](json_object& into) {
    {
      json_array rows(into.name("entries"));
      for (const auto& each : rows_of) {
        json_object row(rows.item());
        row.string("key", each.key);
        row.raw_unless_empty("data", each.data);
        protocol::shapes::write_tags(row, each.tags);
        row.number("offset", each.version);
        write_time(row, each.updated_ms);
      }
    }
    into.number("offset", offset);
    into.string("epoch", epoch);
    into.string("cursor", cursor);
  });
}

std::string presence(const protocol::presence_result& clients) {
  return object([&](json_object& into) { protocol::shapes::write(into, clients); });
}

std::string presence_stats(const protocol::presence_stats_result& stats) {
  return object([&](json_object& into) { protocol::shapes::write(into, stats); });
}

std::string channels(std::span<const audience_row> rooms) {
  return object([&](json_object& into) {
    json_object all(into.name("channels"));
    for (const auto& each : rooms) {
      json_object row(all.key(each.room));
      row.number("num_clients", each.clients);
    }
  });
}

std::string info(const server_facts& facts, const audience_overview& seen) {
  return object([&](json_object& into) {
    json_array nodes(into.name("nodes"));
    json_object node(nodes.item());
    node.string("uid", facts.run);
    node.string("name", "tidewire");
    node.string("version", "tidewire");
    node.number("num_clients", facts.connections);
    node.number("num_users", seen.users);
    node.number("num_subs", seen.subscriptions);
    node.number("num_channels", seen.all_rooms);
    node.number("uptime", facts.uptime_s);
  });
}

}  // namespace tidewire::server_api
