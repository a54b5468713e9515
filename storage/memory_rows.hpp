// The rows of the store in memory: ordered maps, without a lock (memory_store.cpp has that).
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "storage/store.hpp"

namespace tidewire::storage {

// Not for several threads at a time.
class memory_rows final : public readable {
 public:
  result<void> write(std::span<const append> appends);
  result<void> trim(std::string_view room, std::uint64_t first);
  result<void> sweep(std::int64_t now_ms, std::size_t max_rows);

  // See store::forget().
  bool forget(std::string_view room, std::size_t max_rows);
  bool leaving(std::string_view room) const;
  std::vector<std::string> leaving() const;
  std::vector<room_age> ages(std::string_view after, std::size_t limit) const;

  // Only what an export needs: the rooms, their state and their streams. Nothing if that is more than bytes_max.
  std::shared_ptr<const memory_rows> copy_of(const room_choice& wanted, std::size_t bytes_max) const;

  result<std::uint64_t> first_after(std::string_view room, std::int64_t time_ms) const override;
  result<std::optional<room_record>> room(std::string_view room) const override;
  result<std::uint64_t> entities(std::string_view room) const override;
  result<std::optional<entity_document>> entity(std::string_view room, std::string_view key) const override;
  result<std::optional<dedupe_record>> dedupe(std::string_view room, std::string_view scope, std::string_view id) const override;
  result<state_page> state(std::string_view room, std::string_view after, page_limit limit) const override;
  result<states_page> states(std::string_view prefix, std::string_view after_room, std::string_view after_key,
                             page_limit limit) const override;
  result<stream_page> stream(std::string_view room, std::uint64_t after, page_limit limit, bool reverse) const override;
  result<std::vector<named_room>> rooms(std::string_view prefix, std::string_view after, std::size_t limit) const override;
  result<std::vector<indexed_entity>> find(std::string_view field, std::string_view value, std::string_view after_room,
                                           std::string_view after_key, page_limit limit) const override;
  result<std::vector<due_entity>> due(const due_position& after, std::int64_t now_ms, std::size_t limit) const override;

 private:
  struct kept_room {
    room_record record;
    std::map<std::string, entity_document, std::less<>> entities;
    std::deque<publication_ptr> stream;  // of offsets first … top
  };

  using answer_key = std::tuple<std::string, std::string, std::string>;              // room, scope, id
  using index_key = std::tuple<std::string, std::string, std::string, std::string>;  // field, value, room, key
  using expiry_key = std::tuple<std::int64_t, std::string, std::string>;             // time, room, key

  std::optional<room_record> record_of(std::string_view room) const;
  void apply(const append& change);

  std::map<std::string, kept_room, std::less<>> rooms_;
  std::map<std::string, kept_room, std::less<>> leaving_;  // with what is left of them
  std::map<answer_key, dedupe_record> answers_;
  std::set<index_key> index_;
  std::map<expiry_key, std::uint64_t> expiry_;  // version
  answer_key swept_to_;                         // where the next sweep() begins
};

}  // namespace tidewire::storage
