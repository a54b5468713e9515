#include "actors/fanout/room_fanout.hpp"

#include <algorithm>
#include <cassert>
#include <span>

#include "schemas/footprint.hpp"
#include "schemas/protocol/push_size.hpp"

namespace tidewire {
namespace {

// The room's position then; of a pattern there is none.
std::uint64_t before(const change& news) noexcept { return std::max<std::uint64_t>(news.told->offset, 1) - 1; }

}  // namespace

bool room_fanout::gather(const std::vector<change>& news) {
  for (const auto& each : news) {
    if (!pattern && each.told->offset <= told) continue;
    if (!pattern && each.told->offset != told + 1) return false;
    ++told;
    if (!each.told->epoch.empty()) epoch = each.told->epoch;
    pending.bytes += bytes_of(each);
    pending.changes.push_back(each);
  }
  return true;
}

// Which audiences are told nothing now; empty: all are told. Those of one view are told together, so that they can become one.
std::vector<bool> room_fanout::hold_back(time_point now, const limits& limit) {
  const auto count = members.audiences().size();
  rated_due.reset();
  if (std::ranges::none_of(members.audiences(), [](const audience& each) { return each.held != nullptr; })) return {};
  std::vector<bool> waits(count, false);
  std::vector<const protocol::view*> due;
  for (std::size_t i = 0; i < count; ++i) {
    auto& each = members.at(i);
    if (!each.held || each.size() == 0) continue;
    each.held->add(pending.changes, {each.as.dialect, *each.through, name}, limit);
    waits[i] = each.held->due() > now && !each.held->full(limit);
    if (!waits[i] && !each.held->empty()) due.push_back(each.through.get());
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (!waits[i]) continue;
    const auto& each = members.at(i);
    waits[i] = std::ranges::none_of(due, [&](const auto* view) { return *view == *each.through; });
    if (waits[i] && !each.held->empty()) rated_due = rated_due ? std::min(*rated_due, each.held->due()) : each.held->due();
  }
  return waits;
}

std::size_t room_fanout::encode_pending(time_point now, const limits& limit, std::string& scratch, frame_maker& frames, fanout_run& into) {
  const auto waits = hold_back(now, limit);
  std::size_t deliveries = 0;
  std::vector<std::pair<std::size_t, publication_ptr>> shown;  // settled when all are encoded, for then members move
  for (std::size_t index = 0, count = members.audiences().size(); index < count; ++index) {
    const auto& each = members.audiences()[index];
    const auto receivers = each.size();
    if (receivers == 0 || (!waits.empty() && waits[index])) continue;
    if (each.held && each.held->empty()) continue;  // nothing for it in the run: its interval is not used up
    const auto first_frame = into.size();
    auto last = each.last;
    const bool conflated = each.held && each.held->conflates();
    const auto encode = [&](std::span<const change> rest, std::optional<std::uint64_t> uncut_after) {
      while (!rest.empty()) {
        scratch.clear();
        const auto after = uncut_after.value_or(before(rest.front()));
        const auto bytes_max = uncut_after ? protocol::uncut : limit.run_bytes_max;
        const auto part = protocol::encode_run(each.as.dialect, *each.through, channel(each.as), rest, last, bytes_max, scratch, epoch);
        rest = rest.subspan(part.done);
        deliveries += receivers * part.shown;
        if (!scratch.empty()) into.add_frame(make_message(each.as, scratch, frames), after);
      }
    };
    if (!each.held) {
      encode(pending.changes, std::nullopt);
    } else {
      for (const auto& [after, held] : each.held->take(now)) encode(held, conflated ? std::optional(after) : std::nullopt);
    }
    if (into.size() > first_frame) {
      const bool may_miss = each.through->slow != slow_consumer::disconnect;
      into.add_receivers(each, first_frame, may_miss ? source : nullptr);
    }
    if (last != each.last || each.held) shown.emplace_back(index, std::move(last));
  }
  for (auto& [index, last] : shown) members.shown(index, std::move(last));
  encode_announcements(limit.run_bytes_max, scratch, frames, into);
  encode_messages(limit.run_bytes_max, scratch, frames, into);
  pending = {};
  return deliveries;
}

void room_fanout::gather(protocol::announcement news) {
  if (hearing.empty()) return;
  pending.bytes += sizeof(news) + bytes_of(news.who);
  pending.announcements.push_back(std::move(news));
}

void room_fanout::gather(std::string message) {
  pending.bytes += sizeof(message) + message.size();
  pending.messages.push_back(std::move(message));
}

std::size_t room_fanout::hear_messages() const {
  std::size_t sum = 0;
  for (const auto& each : members.audiences())
    if (each.as.dialect != protocol::dialect::room_events) sum += each.size();
  return sum;
}

// A frame may be longer than the limit by one announcement.
void room_fanout::encode_announcements(std::size_t frame_bytes_max, std::string& scratch, frame_maker& frames, fanout_run& into) const {
  if (pending.announcements.empty()) return;
  for (const auto& each : hearing.audiences()) {
    if (each.size() == 0) continue;
    const auto first_frame = into.size();
    scratch.clear();
    for (const auto& what : pending.announcements) {
      if (scratch.size() > frame_bytes_max) {
        into.add_frame(make_message(each.as, scratch, frames));
        scratch.clear();
      }
      if (!scratch.empty()) protocol::join(each.as.dialect, scratch);
      protocol::encode_announcement(each.as.dialect, channel(each.as), what, scratch);
    }
    into.add_frame(make_message(each.as, scratch, frames));
    into.add_receivers(each, first_frame);
  }
}

// As for announcements.
void room_fanout::encode_messages(std::size_t frame_bytes_max, std::string& scratch, frame_maker& frames, fanout_run& into) const {
  if (pending.messages.empty()) return;
  for (const auto& each : members.audiences()) {
    if (each.size() == 0) continue;
    const auto first_frame = into.size();
    scratch.clear();
    for (const auto& data : pending.messages) {
      if (scratch.size() > frame_bytes_max) {
        into.add_frame(make_message(each.as, scratch, frames));
        scratch.clear();
      }
      if (!scratch.empty()) protocol::join(each.as.dialect, scratch);
      protocol::encode_message(each.as.dialect, data, scratch);
    }
    if (scratch.empty()) continue;  // a dialect that has no messages
    into.add_frame(make_message(each.as, scratch, frames));
    into.add_spared_receivers(each, first_frame);
  }
}

void room_fanout::encode_unsubscribe(std::uint32_t code, std::string_view reason, std::string& scratch, frame_maker& frames,
                                     fanout_run& into) const {
  for (const auto& each : members.audiences()) {
    if (each.size() == 0) continue;
    scratch.clear();
    protocol::encode_unsubscribe(each.as.dialect, name, code, reason, scratch);
    const auto first_frame = into.size();
    into.add_frame(make_message(each.as, scratch, frames));
    into.add_receivers(each, first_frame);
  }
}

frame_ptr make_message(encoding as, std::string_view payload, frame_maker& frames, const shared_parts& shared) {
  return frames.make(as.form, protocol::is_binary(as.dialect) ? frame_opcode::binary : frame_opcode::text, payload, shared);
}

}  // namespace tidewire
