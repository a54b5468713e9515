// What is read from the rows of kv_store, through one view: so all of it is of one moment.
#pragma once

#include <memory>

#include "storage/kv.hpp"
#include "storage/store.hpp"

namespace tidewire::storage {

class kv_reads final : public readable {
 public:
  explicit kv_reads(std::unique_ptr<const kv_view> view) : view_(std::move(view)) {}

  result<std::optional<room_record>> room(std::string_view room) const override;
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

 private:
  std::unique_ptr<const kv_view> view_;
};

}  // namespace tidewire::storage
