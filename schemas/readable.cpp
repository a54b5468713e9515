#include "schemas/readable.hpp"

namespace tidewire {

tag_map readable_tags(const field_mask& readable, const tag_map& tags) {
  tag_map shown;
  for (const auto& each : tags)
    if (readable.chooses(each.first)) shown.push_back(each);
  return shown;
}

publication readable_part(const field_mask& readable, publication told) {
  if (!told.removed) told.data = readable.project(told.data);
  told.tags = readable_tags(readable, told.tags);
  told.tags_before = readable_tags(readable, told.tags_before);
  return told;
}

entity_document readable_part(const field_mask& readable, entity_document row) {
  row.data = readable.project(row.data);
  row.tags = readable_tags(readable, row.tags);
  return row;
}

}  // namespace tidewire
