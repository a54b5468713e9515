// How publications, the rows of a map's state and who made them look, for shapes.hpp. `Object` is json_object or msgpack_object.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schemas/protocol/messages.hpp"
#include "schemas/protocol/view.hpp"

namespace tidewire::protocol::shapes {

template <class Object>
void write_info(std::string& out, const client_info& info) {
  Object into(out);
  into.string("client", info.client);
  into.string("user", info.user);
  into.raw_unless_empty("conn_info", info.conn_info);
  into.raw_unless_empty("chan_info", info.chan_info);
}

template <class Object>
void write_tags(Object& into, const tag_map& tags) {
  if (tags.empty()) return;
  Object members(into.name("tags"));
  for (const auto& [name, value] : tags) members.entry(name, value);
}

template <class Object>
void write_tags(Object& into, const tag_map& tags, const view& through) {
  through.own_tags ? write_tags(into, shown_tags(through, tags)) : write_tags(into, tags);
}

// All but the data. `through`: null for a plain view.
template <class Object>
void write_rest(Object& into, subscription_type type, const publication& told, bool removed, const view* through) {
  const bool keyed = is_map(type);
  into.number_unless_zero("offset", told.offset);
  if (told.info) write_info<Object>(into.name("info"), *told.info);
  if (keyed && told.key) into.string("key", *told.key);
  into.flag("removed", keyed && removed);
  if (told.removed || !removed)  // a removal has that of its room, for subscribers of many rooms
    through ? write_tags(into, told.tags, *through) : write_tags(into, told.tags);
  into.string_unless_empty("epoch", told.epoch);
}

template <class Object>
void write_publication(std::string& out, subscription_type type, const publication& told) {
  Object into(out);
  if (!told.removed) {
    into.raw_unless_empty("data", told.data);
  } else if (type == subscription_type::stream) {
    into.raw_unless_empty("data", "null");
  }
  write_rest(into, type, told, told.removed, nullptr);
}

// REQUIRES: it is not hidden.
template <class Object>
void write_publication(std::string& out, const view& through, const publication& told, const sight& seen) {
  Object into(out);
  if (seen.what == sight::kind::document) {
    through.delta ? into.bytes("data", seen.data) : into.raw_unless_empty("data", seen.data);
  } else if (through.type == subscription_type::stream) {
    into.raw_unless_empty("data", "null");
  }
  write_rest(into, through.type, told, seen.what == sight::kind::removal, &through);
  into.flag("delta", seen.delta);
}

template <class Object>
void write_entity(std::string& out, subscription_type type, const entity_document& entity, std::string_view data, const view* through) {
  Object into(out);
  through && through->delta ? into.bytes("data", data) : into.raw_unless_empty("data", data);
  into.number_unless_zero("offset", entity.version);
  if (type == subscription_type::map_clients)
    into.raw_unless_empty("info", through && through->own_tags ? data : std::string_view(entity.data));
  into.string("key", entity.key);
  through ? write_tags(into, entity.tags, *through) : write_tags(into, entity.tags);
}

template <class Object>
void write_publications(Object& into, subscription_type type, const std::vector<publication_ptr>& told) {
  typename Object::array rows(into.name("publications"));
  for (const auto& each : told) write_publication<Object>(rows.item(), type, *each);
}

// What is hidden leaves a gap in the offsets; the position in the reply covers it.
template <class Object>
void write_publications(Object& into, const subscribe_result& what, shared_parts* parts) {
  const bool plain = !what.through || what.through->plain();
  what.publications.append_text(Object::rows_are, what.through, into.name("publications"), parts, [&](std::string& out) {
    typename Object::array rows(out);
    for (const auto& each : what.publications) {
      if (plain) {
        write_publication<Object>(rows.item(), what.type, *each);
        continue;
      }
      const auto seen = look(*what.through, *each);
      if (seen.what != sight::kind::hidden) write_publication<Object>(rows.item(), *what.through, *each, seen);
    }
  });
}

template <class Object>
void write_state(Object& into, const subscribe_result& what, shared_parts* parts) {
  if (what.state.empty()) return;
  const bool plain = !what.through || what.through->plain();
  what.state.append_text(Object::rows_are, what.through, into.name("state"), parts, [&](std::string& out) {
    typename Object::array rows(out);
    for (const auto& each : what.state) {
      if (plain) {
        write_entity<Object>(rows.item(), what.type, *each, each->data, nullptr);
        continue;
      }
      const auto seen = look(*what.through, *each);
      if (seen.what != sight::kind::hidden) write_entity<Object>(rows.item(), what.type, *each, seen.data, what.through.get());
    }
  });
}

}  // namespace tidewire::protocol::shapes
