// What is read for those who may read certain members of documents alone (schemas/readable.hpp).
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "actors/messages/store.hpp"
#include "schemas/readable.hpp"

namespace tidewire {

// `readable`: nothing when everything may be read.
inline entity_view readable_view(const std::optional<field_mask>& readable, entity_view view) {
  if (readable && view.document) view.document = readable_part(*readable, std::move(*view.document));
  return view;
}

inline storage::state_page readable_page(const std::optional<field_mask>& readable, storage::state_page page) {
  if (readable)
    for (auto& each : page.rows) each = readable_part(*readable, std::move(each));
  return page;
}

inline storage::stream_page readable_page(const std::optional<field_mask>& readable, storage::stream_page page) {
  if (readable)
    for (auto& each : page.publications) each = std::make_shared<const publication>(readable_part(*readable, *each));
  return page;
}

}  // namespace tidewire
