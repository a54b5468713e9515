#include "storage/past.hpp"

#include <map>
#include <string>
#include <utility>

#include "schemas/limit_hits.hpp"
#include "storage/rules.hpp"

namespace tidewire::storage {

namespace {

constexpr page_limit stream_steps{1'000, 4'194'304};

template <class T>
tl::unexpected<failure> pass_on(result<T>& failed) {
  return tl::unexpected(std::move(failed.error()));
}

tl::unexpected<failure> cannot_tell(std::string_view room, std::uint64_t offset, std::uint64_t first) {
  return fail(errc::no_longer_kept, "what was at offset " + std::to_string(offset) + " of room '" + std::string(room) +
                                        "' cannot be told any more: the change before it has left the history, which begins at offset " +
                                        std::to_string(first));
}

// Reads the stream from one end of a range to the other, and no more than a bounded number of publications over all its walks.
class stream_walk {
 public:
  stream_walk(const readable& from, std::string_view room, std::size_t publications_max)
      : from_(from), room_(room), left_(publications_max) {}

  // Offsets low … high; `visit` returns whether to go on.
  template <class Visit>
  result<void> up(std::uint64_t low, std::uint64_t high, Visit visit) {
    for (auto after = low - 1; after < high;) {
      auto page = step(after, false);
      if (!page) return pass_on(page);
      for (const auto& each : page->publications)
        if (each->offset > high || !visit(*each)) return {};
      if (page->publications.empty()) return {};
      after = page->publications.back()->offset;
    }
    return {};
  }

  template <class Visit>
  result<void> down(std::uint64_t high, std::uint64_t low, Visit visit) {
    for (auto before = high + 1; before > low;) {
      auto page = step(before, true);
      if (!page) return pass_on(page);
      for (const auto& each : page->publications)
        if (each->offset < low || !visit(*each)) return {};
      if (page->publications.empty()) return {};
      before = page->publications.back()->offset;
    }
    return {};
  }

 private:
  result<stream_page> step(std::uint64_t from, bool reverse) {
    if (exceeds<"past_publications_max">(left_ == 0))
      return fail(errc::limit_exceeded, "too much has happened since in room '" + std::string(room_) +
                                            "': more than past_publications_max publications would have to be looked at");
    auto limit = stream_steps;
    limit.rows = std::min(limit.rows, left_);
    auto page = from_.stream(room_, from, limit, reverse);
    if (page) left_ -= page->publications.size();
    return page;
  }

  const readable& from_;
  const std::string_view room_;
  std::size_t left_;
};

entity_document document_of(const publication& change) {
  return {*change.key, change.offset, change.time_ms, change.data, change.tags, change.expires_ms};
}

// The keys that have changed since, with the offset of their newest publication until then. 0: the stream has none.
using earlier_offsets = std::map<std::string, std::uint64_t, std::less<>>;

result<earlier_offsets> changed_since(stream_walk& walk, const room_record& room, std::uint64_t offset, std::string_view after) {
  earlier_offsets keys;
  const auto note = [&](const publication& change) {
    if (change.key && *change.key > after) keys.emplace(*change.key, 0);
    return true;
  };
  if (auto read = walk.up(offset + 1, room.top, note); !read) return pass_on(read);
  auto missing = keys.size();
  const auto settle = [&](const publication& change) {
    const auto found = change.key ? keys.find(*change.key) : keys.end();
    if (found != keys.end() && found->second == 0) {
      found->second = change.offset;
      --missing;
    }
    return missing > 0;
  };
  if (missing > 0 && offset >= room.first)
    if (auto read = walk.down(offset, room.first, settle); !read) return pass_on(read);
  return keys;
}

}  // namespace

result<std::uint64_t> offset_at(const readable& from, std::string_view room, const past_moment& at) {
  auto record = from.room(room);
  if (!record) return pass_on(record);
  if (!*record) return fail(errc::unknown_room, "nothing was ever published to this room");
  if (at.offset) {
    if (*at.offset <= (*record)->top) return *at.offset;
    return fail(errc::bad_request, "the room has only come to offset " + std::to_string((*record)->top));
  }
  auto newer = from.first_after(room, at.time_ms);
  if (!newer) return pass_on(newer);
  if (*newer > (*record)->first || *newer == 1) return *newer - 1;
  return fail(errc::no_longer_kept, "which offset room '" + std::string(room) +
                                        "' had then cannot be told any more: its history begins later, at offset " +
                                        std::to_string((*record)->first));
}

result<std::optional<entity_document>> entity_at(const readable& from, std::string_view room, std::string_view key, std::uint64_t offset,
                                                 std::size_t publications_max) {
  if (offset == 0) return std::nullopt;
  auto present = from.entity(room, key);
  if (!present || (*present && (*present)->version <= offset)) return present;
  auto record = from.room(room);
  if (!record) return pass_on(record);
  if (!*record) return std::nullopt;
  const auto first = (*record)->first;
  stream_walk walk(from, room, publications_max);

  std::optional<publication> found;
  const auto look = [&](const publication& change) {
    if (change.key == key) found = change;
    return !found;
  };
  if (offset >= first)
    if (auto read = walk.down(offset, first, look); !read) return pass_on(read);
  if (found) return found->removed ? std::nullopt : std::optional(document_of(*found));
  if (first == 1) return std::nullopt;
  // It is not there now. If it has not changed since either, it was not there then.
  if (!*present && offset + 1 >= first) {
    if (auto read = walk.up(offset + 1, (*record)->top, look); !read) return pass_on(read);
    if (!found) return std::nullopt;
  }
  return cannot_tell(room, offset, first);
}

result<state_page> state_at(const readable& from, std::string_view room, std::uint64_t offset, std::string_view after, page_limit limit,
                            std::size_t publications_max) {
  auto record = from.room(room);
  if (!record) return pass_on(record);
  if (!*record) return state_page{};
  state_page page{(*record)->epoch, offset, {}, false};
  if (offset == 0) return page;
  const auto first = (*record)->first;
  if (offset + 1 < first) return cannot_tell(room, offset, first);
  stream_walk walk(from, room, publications_max);
  auto changed = changed_since(walk, **record, offset, after);
  if (!changed) return pass_on(changed);
  if (first > 1)
    for (const auto& [key, earlier] : *changed)
      if (earlier == 0) return cannot_tell(room, offset, first);

  // Rows that have not changed since, and those of the keys that have, in one order.
  page_meter meter(limit);
  const auto admit = [&](entity_document&& row) {
    page.more = !meter.admits(row);
    if (!page.more) page.rows.push_back(std::move(row));
    return !page.more;
  };
  auto next = changed->begin();
  const auto admit_changed = [&]() -> result<bool> {
    const auto earlier = (next++)->second;
    if (earlier == 0) return true;
    auto one = from.stream(room, earlier - 1, {1, limit.bytes});
    if (!one) return pass_on(one);
    if (one->publications.empty()) return fail(errc::internal, "the stream of room '" + std::string(room) + "' has lost a publication");
    const auto& change = *one->publications.front();
    return change.removed || admit(document_of(change));
  };
  std::string last(after);
  for (bool more = true; more;) {
    auto rows = from.state(room, last, limit);
    if (!rows) return pass_on(rows);
    more = rows->more;
    for (auto& row : rows->rows) {
      last = row.key;
      for (; next != changed->end() && next->first < row.key;)
        if (auto done = admit_changed(); !done || !*done) return done ? result<state_page>(std::move(page)) : pass_on(done);
      if (row.version <= offset && !admit(std::move(row))) return page;
    }
  }
  while (next != changed->end())
    if (auto done = admit_changed(); !done || !*done) return done ? result<state_page>(std::move(page)) : pass_on(done);
  return page;
}

}  // namespace tidewire::storage
