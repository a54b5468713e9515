// One room with an audience, as the broadcaster keeps it: who listens, how far they have been told, and the run that gathers for them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/fanout/audience.hpp"
#include "actors/fanout/fanout_run.hpp"
#include "actors/messages.hpp"
#include "schemas/frame_maker.hpp"
#include "schemas/room_pattern.hpp"

namespace tidewire {

// What waits to be told.
struct pending_run {
  std::vector<change> changes;
  std::vector<protocol::announcement> announcements;
  std::vector<std::string> messages;
  std::size_t bytes = 0;                      // what these hold, about
  std::chrono::steady_clock::time_point due;  // when they may go out
};

struct room_fanout {
  using time_point = std::chrono::steady_clock::time_point;

  room_fanout(std::string name_of, std::uint64_t number_of, std::size_t io_threads, std::size_t audiences_max)
      : name(std::move(name_of)),
        number(number_of),
        pattern(is_room_pattern(name)),
        source(std::make_shared<const std::string>(name)),
        members(io_threads, audiences_max),
        hearing(io_threads, 1) {}

  // Takes what was not told before, up to a missing publication: then false. A pattern takes everything: between rooms there is no order.
  bool gather(const std::vector<change>& news);
  // To who hears of others; if there is nobody, nothing is kept.
  void gather(protocol::announcement news);
  void gather(std::string message);

  std::size_t hear_messages() const;  // so many members would

  // Encodes the pending run once per audience, then announcements and messages once per encoding, in frames of at most run_bytes_max before
  // compression, and empties it. Audiences with a rate hold it back until they are due, or hold too much; `rated_due` says when that will
  // be. `scratch` is reused. Returns deliveries: publications times those who get them.
  std::size_t encode_pending(time_point now, const limits& limit, std::string& scratch, frame_maker& frames, fanout_run& into);

  // What pushes in that encoding say of it.
  protocol::channel_ref channel(encoding as) const noexcept { return {name, as.by_number ? number : 0}; }
  // The push that ends a subscription, for every member.
  void encode_unsubscribe(std::uint32_t code, std::string_view reason, std::string& scratch, frame_maker& frames, fanout_run& into) const;

  std::string name;
  std::uint64_t number;  // of the channel, for who does without the name
  bool pattern;          // stands for all rooms that match it
  transport::source_ptr source;
  std::string epoch;           // empty: the room has none yet
  bool told_no_epoch = false;  // somebody came before there was one
  room_audience members;
  room_audience hearing;   // those of them who are told when others come and go
  std::uint64_t told = 0;  // highest offset received; of a pattern the number of changes
  pending_run pending;
  bool queued = false;                   // for the next drain
  std::size_t unnoted_publications = 0;  // since the port heard of them
  std::size_t unnoted_deliveries = 0;
  std::optional<time_point> rated_due;  // of what audiences with a rate hold back
  std::optional<time_point> armed_for;  // of these, the one that the broadcaster's timer knows

 private:
  std::vector<bool> hold_back(time_point now, const limits& limit);
  void encode_announcements(std::size_t frame_bytes_max, std::string& scratch, frame_maker& frames, fanout_run& into) const;
  void encode_messages(std::size_t frame_bytes_max, std::string& scratch, frame_maker& frames, fanout_run& into) const;
};

// The same publications, each with the epoch of its room: for who may not know it.
std::vector<change> with_epoch(std::span<const change> told, const std::string& epoch);

// One message in that encoding.
frame_ptr make_message(encoding as, std::string_view payload, frame_maker& frames, const shared_parts& shared = {});

}  // namespace tidewire
