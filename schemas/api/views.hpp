// What the HTTP interface shows: JSON written straight into a string that the caller reuses. All functions append.
// Documents are the publishers' own bytes; times are RFC 3339 in UTC with milliseconds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "schemas/field_mask.hpp"
#include "schemas/publication.hpp"

namespace tidewire::api {

// {"key","version","offset","updated_at","tags","data"}; `offset` is that of the last change, which is the version.
// `shown`: these parts of the document alone; null: all of it.
void write_entity(std::string& out, const entity_document& row, const field_mask* shown = nullptr);
// The same with "room" in front.
void write_entity_of(std::string& out, std::string_view room, const entity_document& row, const field_mask* shown = nullptr);

// A row of the history: {"offset","time","key"?,"data" or "removed":true,"tags"}.
void write_publication(std::string& out, const publication& row, const field_mask* shown = nullptr);

struct room_view {
  std::string_view name;
  std::string_view epoch;                    // empty before the first change
  std::uint64_t offset = 0;                  // of the newest change
  std::optional<std::uint64_t> entities;     // where known
  std::optional<std::uint64_t> subscribers;  // where known
};

// {"room","epoch","offset","entities"?,"subscribers"?}
void write_room(std::string& out, const room_view& row);

struct publish_answer {
  std::string_view room;
  std::string_view epoch;
  std::uint64_t offset = 0;
  bool keyed = false;  // then the offset is the entity's new version too
};

// {"room","epoch","offset","version"?}
void write_publish_answer(std::string& out, const publish_answer& answer);

// Separates the elements of an array that is written one by one: call row() before each.
class array_writer {
 public:
  // Opens the array. `out` must outlive the writer.
  explicit array_writer(std::string& out);
  std::string& row();
  void close();

 private:
  std::string& out_;
  bool first_ = true;
};

// A page: {"data":[…],"next_cursor":…,"has_more":…,"epoch","offset"}.
class page_writer {
 public:
  explicit page_writer(std::string& out);
  std::string& row() { return rows_.row(); }

  // An empty cursor means that nothing follows: then next_cursor is null.
  void close(std::string_view next_cursor);
  // The same for a page of one room, read at that position.
  void close(std::string_view next_cursor, std::string_view epoch, std::uint64_t offset);

 private:
  void close_rows(std::string_view next_cursor);

  std::string& out_;
  array_writer rows_;
};

}  // namespace tidewire::api
