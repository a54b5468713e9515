// The reads of a store that asks something else: `Derived::now()` gives a pointer, or what acts as one, to whom.
#pragma once

#include "storage/store.hpp"

namespace tidewire::storage {

template <class Base, class Derived>
class reads_through : public Base {
 public:
  result<std::optional<room_record>> room(std::string_view room) const override { return source()->room(room); }
  result<std::uint64_t> entities(std::string_view room) const override { return source()->entities(room); }
  result<std::optional<entity_document>> entity(std::string_view room, std::string_view key) const override {
    return source()->entity(room, key);
  }
  result<std::optional<dedupe_record>> dedupe(std::string_view room, std::string_view scope, std::string_view id) const override {
    return source()->dedupe(room, scope, id);
  }
  result<state_page> state(std::string_view room, std::string_view after, page_limit limit) const override {
    return source()->state(room, after, limit);
  }
  result<states_page> states(std::string_view prefix, std::string_view after_room, std::string_view after_key,
                             page_limit limit) const override {
    return source()->states(prefix, after_room, after_key, limit);
  }
  result<stream_page> stream(std::string_view room, std::uint64_t after, page_limit limit, bool reverse) const override {
    return source()->stream(room, after, limit, reverse);
  }
  result<std::vector<named_room>> rooms(std::string_view prefix, std::string_view after, std::size_t limit) const override {
    return source()->rooms(prefix, after, limit);
  }
  result<std::vector<indexed_entity>> find(std::string_view field, std::string_view value, std::string_view after_room,
                                           std::string_view after_key, page_limit limit) const override {
    return source()->find(field, value, after_room, after_key, limit);
  }
  result<std::vector<due_entity>> due(const due_position& after, std::int64_t now_ms, std::size_t limit) const override {
    return source()->due(after, now_ms, limit);
  }
  result<std::uint64_t> first_after(std::string_view room, std::int64_t time_ms) const override {
    return source()->first_after(room, time_ms);
  }

 private:
  auto source() const { return static_cast<const Derived&>(*this).now(); }
};

}  // namespace tidewire::storage
