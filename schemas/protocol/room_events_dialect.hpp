// One room as server-sent events (WHATWG HTML §9.2): dialect.hpp for one encoding. Whole events, each with its empty line; of replies only
// those to subscribe exist. Rows look as over HTTP (api/views.hpp).
//
//   event: snapshot        a page of a map's state: {"data":[…],"has_more":false}; changes since its beginning come behind it
//   data: …
//
//   id: <epoch>.<offset>   a change
//   data: {"offset","time","key"?,"data" or "removed":true,"tags"}
//
//   id: <epoch>.<offset>   all up to there has been told; what comes next happens now. (A comment or an id alone would do for browsers, but
//   event: live            some readers keep the ids of events with data only.)
//   data: {"epoch","offset"}
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "schemas/protocol/dialect.hpp"

namespace tidewire::protocol {

void encode_events_reply(const any_result& what, std::string& out);
run_part encode_events_run(const view& through, std::string_view epoch, std::span<const change> told, std::size_t bytes_max,
                           std::string& out);
// Nobody is shown it; it keeps the connection alive. REQUIRES: one line.
void encode_events_comment(std::string_view text, std::string& out);
// What the client knows is no use any more: a snapshot follows, or a stream from where it stands now.
void encode_events_reset(std::string& out);
// How long the client waits before it comes back.
void encode_events_retry(std::uint32_t ms, std::string& out);

struct event_position {
  std::string epoch;
  std::uint64_t offset = 0;
};

// The position that an id tells; nothing if it is none of ours.
std::optional<event_position> parse_event_id(std::string_view id);

}  // namespace tidewire::protocol
