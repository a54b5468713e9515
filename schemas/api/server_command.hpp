// The bodies of POST /api/{method}: Centrifugo's HTTP server API, as far as it is offered here (docs/centrifugo.md).
//
//   POST /api/publish   {"channel","data","tags"?,"idempotency_key"?}
//   POST /api/batch     {"commands":[{"publish":{…}},{"history":{…}}],"parallel"?}
//
// Members that mean nothing here are passed over, as Centrifugo does, but those that ask for something that is not offered are refused.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/errc.hpp"
#include "schemas/limits.hpp"
#include "schemas/operation.hpp"
#include "schemas/result.hpp"

namespace tidewire::api {

enum class server_method : std::uint8_t {
  publish,
  broadcast,
  map_publish,
  map_remove,
  map_read_state,
  map_read_stream,
  history,
  presence,
  presence_stats,
  unsubscribe,
  disconnect,
  channels,
  info,
};

struct server_command {
  server_method what = server_method::info;
  std::vector<std::string> channels;  // one, of broadcast several; none where the command is about no channel
  operation change{};                 // of publish, broadcast, map_publish, map_remove
  std::int64_t limit = 0;             // of rows: 0 the position alone, below 0 as many as the server allows
  std::optional<std::uint64_t> since_offset{};
  std::string since_epoch{};
  bool reverse = false;
  std::string cursor{};  // as the client sent it
  std::string key{};     // map_read_state: that one alone; empty: all
  std::string user{};
  std::string client{};  // of that user; empty: all
  close_code code = close_code::force_disconnect;
  std::string pattern{};  // channels: stars are any text; empty: all
};

// The method of that name. Errors: not_available for methods of Centrifugo that are not offered, method_not_found for others.
result<server_method> server_method_of(std::string_view name);
std::string_view name_of(server_method what) noexcept;

// `caller`: whom idempotency keys belong to. Errors: bad_request (syntax, members, names), payload_too_large, limit_exceeded,
// not_available (a member asks for what is not offered), permission_denied (a change of a room that the server keeps).
result<server_command> parse_server_command(server_method what, std::string_view body, std::string_view caller, const limits& bounds);

struct server_batch {
  struct item {
    std::string method;  // as it was sent, for the reply
    result<server_command> command;
  };
  std::vector<item> commands;
  bool parallel = false;  // else one begins when the one before is done
};
// What is wrong with one command is the affair of its item. Errors: bad_request, payload_too_large, limit_exceeded (batch_items_max).
result<server_batch> parse_server_batch(std::string_view body, std::string_view caller, const limits& bounds);

}  // namespace tidewire::api
