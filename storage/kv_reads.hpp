// What is read from the rows of kv_store, through one view: so all of it is of one moment.
#pragma once

#include <memory>

#include "storage/kv.hpp"
#include "storage/leaving_rooms.hpp"
#include "storage/read_meter.hpp"
#include "storage/store.hpp"

namespace tidewire::storage {

// Who reads what is there now leaves out rooms that are leaving, and counts; who reads an earlier moment has none of these.
struct read_aids {
  const leaving_rooms* leaving = nullptr;
  const kv* db = nullptr;
  cache_counters* told = nullptr;
};

class kv_reads final : public readable {
 public:
  explicit kv_reads(std::unique_ptr<const kv_view> view, read_aids aids = {}) : view_(std::move(view)), aids_(aids) {}

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
  result<std::uint64_t> first_after(std::string_view room, std::int64_t time_ms) const override;

  // See store::ages().
  result<std::vector<room_age>> ages(std::string_view after, std::size_t limit) const;
  // The time of the publication at that offset; 0 if it is not kept.
  result<std::int64_t> time_at(std::string_view room, std::uint64_t offset) const;

 private:
  bool leaves(std::string_view room) const { return aids_.leaving != nullptr && aids_.leaving->contains(room); }
  read_meter count(cache_type what) const { return {aids_.db, aids_.told, what}; }

  std::unique_ptr<const kv_view> view_;
  read_aids aids_;
};

}  // namespace tidewire::storage
