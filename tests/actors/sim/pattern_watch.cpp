#include "tests/actors/sim/pattern_watch.hpp"

#include <utility>

#include "schemas/room_pattern.hpp"
namespace tidewire::test {

namespace {

constexpr std::uint64_t state_phase = 2;

}  // namespace

std::string pattern_watch::first_command() {
  cursor_.clear();
  documents_.clear();
  heard_.clear();
  key_heard_.clear();
  tops_.clear();
  last_.clear();
  auto text = '{' + wish_.members();
  if (wish_.map) text += R"(,"phase":2,"limit":)" + std::to_string(by_.between(0, 4));
  return text + '}';
}

std::string pattern_watch::next_command() {
  return R"({"channel":")" + wish_.channel + R"(","type":1,"phase":2,"limit":)" + std::to_string(by_.between(0, 4)) + R"(,"cursor":")" +
         cursor_ + R"(","epoch":")" + epoch_ + R"(","offset":)" + std::to_string(offset_) + '}';
}

bool pattern_watch::take_reply(const json_object_view& reply) {
  for (const auto each : reply.list("state")) take_row(told_change(each));
  if (wish_.map && reply.number("phase") == state_phase) {
    cursor_ = reply.text("cursor");
    epoch_ = reply.text("epoch");
    offset_ = reply.number("offset");
    must_be(!cursor_.empty(), "is told where the next page begins");
    return false;
  }
  for (const auto each : reply.list("publications")) take_change(told_change(each));
  ++counts_.patterns;
  for (const auto& [name, each] : truth_.rooms())
    if (matches(name)) tops_[name] = each.top();
  return true;
}

bool pattern_watch::matches(const std::string& room) const { return room.starts_with(prefix_of_pattern(wish_.channel)); }

void pattern_watch::take_row(const told_change& row) {
  must_be(row.key && matches(row.room) && row.offset == 0, "is told of which room a row is");
  must_be(!documents_.contains(*row.key), "is shown a key once");
  const auto place = read_key_of_room(*row.key);
  must_be(place && place->room == row.room, "is told the key with its room");
  auto text = wish_.delta ? json_string(row.data).value() : std::string(row.data);
  const auto offset = find(truth_.of(row.room), 0, {.key = &place->key, .text = &text});
  must_be(offset != 0, "is shown rows that were");
  key_heard_[*row.key] = offset;
  documents_.emplace(*row.key, std::move(text));
}

void pattern_watch::take_push(const told_change& told) { take_change(told); }

void pattern_watch::take_change(const told_change& told) {
  must_be(told.offset == 0, "is told no offset");
  wish_.map ? take_map_change(told) : take_stream_change(told);
}

void pattern_watch::take_stream_change(const told_change& told) {
  must_be(matches(told.room), "is told of which room a change is");
  auto& room = truth_.of(told.room);
  const auto text = text_of(told, &last_);
  const auto offset = find(room, heard_[told.room], {.by = told.by, .text = &text});
  must_be(offset != 0, "is told what is stored, once, in the order of its room");
  room.shown(offset);
  must_be(first_unheard(room, std::max(heard_[told.room], tops_[told.room]), offset - 1) == 0, "misses no change");
  heard_[told.room] = offset;
  if (wish_.delta) last_ = text;
}

void pattern_watch::take_map_change(const told_change& told) {
  const auto place = told.key ? read_key_of_room(*told.key) : std::nullopt;
  must_be(place && matches(place->room), "is told the key with its room");
  auto& room = truth_.of(place->room);
  const auto known = documents_.find(*told.key);
  const auto text = told.removed ? std::string{} : text_of(told, known == documents_.end() ? nullptr : &known->second);
  // Who leaves by the filter is gone, and shows nothing any more, not even its room beside the key.
  must_be(told.room == place->room || (told.room.empty() && told.removed), "is told the room beside the key");
  const looks as{.key = &place->key,
                 .by = told.by,
                 .text = told.removed ? nullptr : &text,
                 .removed = told.removed ? std::optional(!told.room.empty()) : std::nullopt};
  const auto offset = find(room, key_heard_[*told.key], as);
  must_be(offset != 0, "is told what is stored, once, in the order of its room");
  room.shown(offset);
  key_heard_[*told.key] = offset;
  if (told.removed) {
    documents_.erase(*told.key);
  } else {
    documents_.insert_or_assign(*told.key, text);
  }
}

// Of a stream, above `after` and up to `upto`: the first that it wants to see; 0: there is none.
std::uint64_t pattern_watch::first_unheard(const ledger& room, std::uint64_t after, std::uint64_t upto) const {
  for (auto offset = after + 1; offset <= upto; ++offset) {
    const auto& each = *room.at(offset);
    const auto replaced = each.key ? room.entity_at(*each.key, offset - 1) : nullptr;
    if (!wish_.hides(each, replaced.get(), true)) return offset;
  }
  return 0;
}

std::uint64_t pattern_watch::find(const ledger& room, std::uint64_t above, const looks& as) const {
  for (auto offset = above + 1; offset <= room.top(); ++offset) {
    const auto& each = *room.at(offset);
    if ((as.key && each.key != *as.key) || (!as.by.empty() && each.info->client != as.by)) continue;
    if (as.removed && *as.removed != each.removed) continue;
    const bool gone = each.removed || (wish_.map && !wish_.passes(each.tags));
    const auto replaced = each.key ? room.entity_at(*each.key, offset - 1) : nullptr;
    if (wish_.map ? gone != (as.text == nullptr) : wish_.hides(each, replaced.get(), true)) continue;
    if (!as.text || *as.text == (each.removed ? "null" : wish_.shown(each.data))) return offset;
  }
  return 0;
}

void pattern_watch::take_reset() {}

bool pattern_watch::current() const {
  if (!live()) return false;
  std::map<std::string, std::string> all;
  for (const auto& [name, room] : truth_.rooms()) {
    if (!matches(name)) continue;
    if (wish_.map) {
      for (const auto& [key, document] : room.state_at(room.top()))
        if (wish_.passes(document.tags)) all.emplace(key_of_room(name, key), wish_.shown(document.data));
      continue;
    }
    const auto at = [&](const auto& from) { return from.contains(name) ? from.at(name) : std::uint64_t{0}; };
    if (first_unheard(room, std::max(at(heard_), at(tops_)), room.top()) != 0) return false;
  }
  return !wish_.map || documents_ == all;
}

}  // namespace tidewire::test
