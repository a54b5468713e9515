// The client protocol (Centrifuge v2) as plain data, the same for every dialect. A member left at its default means "absent".
// Raw JSON members hold JSON text and are empty when absent.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "schemas/errc.hpp"
#include "schemas/protocol/shared_rows.hpp"
#include "schemas/publication.hpp"

namespace tidewire::protocol {

// Maps of presence are maps whose documents say who is there: by connection, or by user.
enum class subscription_type : std::uint8_t { stream = 0, map = 1, map_clients = 2, map_users = 3 };
constexpr bool is_map(subscription_type type) noexcept { return type != subscription_type::stream; }
enum class subscribe_phase : std::uint8_t { live = 0, stream = 1, state = 2 };
// Bits of subscribe_command::flag.
inline constexpr std::uint32_t channel_compaction = 1;  // pushes may say the number of the channel instead of its name
inline constexpr std::uint32_t reject_unrecovered = 2;  // what cannot be recovered is refused with error 112

// Commands, client → server.
struct pong {};  // an empty object without id
struct stream_position {
  bool recover = false;
  std::uint64_t offset = 0;
  std::string epoch;
};
struct connect_command {
  std::string token;
  std::string data;  // raw JSON
  std::string name;
  std::string version;
  std::map<std::string, stream_position> subs;  // server-side subscriptions of an earlier connection
};
struct subscribe_command {
  std::string channel;
  std::string token;
  std::string data;  // raw JSON
  bool recover = false;
  std::string epoch;
  std::uint64_t offset = 0;
  bool positioned = false;
  bool recoverable = false;
  bool join_leave = false;
  std::string delta;
  std::string tags_filter;  // raw JSON of `tf`
  std::uint32_t flag = 0;
  std::uint32_t type = 0;   // as sent: a subscription_type, or a kind this server may not offer
  std::uint32_t phase = 0;  // as sent
  std::string cursor;
  std::uint32_t limit = 0;
};
struct unsubscribe_command {
  std::string channel;
};
struct publish_command {
  std::string channel;
  std::string data;  // raw JSON
  std::uint32_t type = 0;
  std::string key;
  bool removed = false;
};
struct presence_command {
  std::string channel;
};
struct presence_stats_command {
  std::string channel;
};
struct history_command {
  std::string channel;
  std::int32_t limit = 0;  // 0: only the position; < 0: as much as the server allows
  std::optional<std::uint64_t> since_offset;
  std::string since_epoch;
  bool reverse = false;
};
struct rpc_command {
  std::string method;
  std::string data;
};
struct send_command {
  std::string data;
};
struct refresh_command {
  std::string token;
};
struct sub_refresh_command {
  std::string channel;
  std::string token;
};
struct ping_command {};

struct command {
  std::uint32_t id = 0;  // 0 for pong and send
  std::variant<pong, connect_command, subscribe_command, unsubscribe_command, publish_command, presence_command, presence_stats_command,
               history_command, rpc_command, send_command, refresh_command, sub_refresh_command, ping_command>
      body;
};

// Results, server → client.
struct subscribe_result {
  view_ptr through;  // how state and publications are shown; null: as they are
  subscription_type type = subscription_type::stream;
  subscribe_phase phase = subscribe_phase::live;
  bool recoverable = false;
  bool positioned = false;
  std::string epoch;
  std::uint64_t offset = 0;
  bool was_recovering = false;
  bool recovered = false;
  std::string cursor;
  publication_rows publications;
  state_rows state;
  std::string data;
  bool expires = false;
  std::uint32_t ttl_s = 0;
  bool delta = false;
  std::uint64_t channel_number = 0;  // what pushes say instead of the channel's name; 0: they say the name
  std::uint32_t publish_debounce_ms = 0;
};
struct connect_result {
  std::string client;  // connection id
  std::string version;
  bool expires = false;
  std::uint32_t ttl_s = 0;
  std::string data;
  std::map<std::string, subscribe_result> subs;  // server-side subscriptions, all streams and live
  std::uint32_t ping_s = 0;
  bool pong = false;
  std::string session{};  // where the client sends its commands, if not over the connection itself
  std::string node{};
};
// Somebody has subscribed, or is subscribed no more.
struct announcement {
  bool left = false;
  client_info who;
};
struct unsubscribe_result {};
struct publish_result {};
struct presence_result {
  std::vector<client_info> clients;
};  // by client id
struct presence_stats_result {
  std::uint64_t num_clients = 0;
  std::uint64_t num_users = 0;
};
struct history_result {
  std::vector<publication_ptr> publications;
  std::string epoch;
  std::uint64_t offset = 0;
};
struct rpc_result {
  std::string data;
};
struct refresh_result {
  std::string client;
  std::string version;
  bool expires = false;
  std::uint32_t ttl_s = 0;
};
struct sub_refresh_result {
  bool expires = false;
  std::uint32_t ttl_s = 0;
};
struct ping_result {};

using any_result = std::variant<connect_result, subscribe_result, unsubscribe_result, publish_result, presence_result,
                                presence_stats_result, history_result, rpc_result, refresh_result, sub_refresh_result, ping_result>;

}  // namespace tidewire::protocol
