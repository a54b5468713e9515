// What one subscription wants to see of its room, and how a publication looks through that. Members of a room with equal views need the
// very same bytes.
//
// A map never shows a ghost: the filter is asked about the tags before and after a change. Who leaves it is shown as removed, who enters it
// with the whole document.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "schemas/field_mask.hpp"
#include "schemas/options.hpp"
#include "schemas/protocol/messages.hpp"
#include "schemas/publication.hpp"
#include "schemas/result.hpp"
#include "schemas/tag_filter.hpp"

namespace tidewire::protocol {

struct view {
  subscription_type type = subscription_type::stream;
  std::optional<tag_filter> filter;                // nothing: everything
  std::optional<field_mask> fields;                // nothing: whole documents
  bool delta = false;                              // documents are sent as strings: Fossil deltas, or the whole text
  slow_consumer slow = slow_consumer::disconnect;  // of a stream: resync or disconnect
  std::uint32_t interval_ms = 0;                   // at most one message in so long; what comes meanwhile is conflated, of a stream joined
  bool own_tags = false;                           // of tags only those that have the name of a chosen member; needs `fields`

  bool operator==(const view&) const = default;
  // Shows documents as they are.
  bool plain() const noexcept { return !filter && !fields && !delta; }
};

// Shows no more than those members of documents, whatever was chosen, and no tag but theirs: type, source and state are such. Errors:
// permission_denied when nothing of what was chosen is left, or when the filter asks for other tags.
result<void> restrict_to(const field_mask& readable, view& wanted);

// Whether the view shows a tag of that name; those of them that it does.
bool shows_tag(const view& through, std::string_view name);
tag_map shown_tags(const view& through, const tag_map& tags);

// The plain view of that type, the same one for everybody.
view_ptr plain_view(subscription_type type, slow_consumer slow = slow_consumer::disconnect);

// The view for all who want that; of a plain one there is one for everybody.
view_ptr share(view wanted);

// How a publication or an entity looks.
struct sight {
  enum class kind : std::uint8_t { hidden, document, removal };
  kind what = kind::hidden;
  std::string data;    // of a document: its text, or a delta
  bool delta = false;  // data is one
};

// What is known of the time before a change. Both may be null: then a change is shown though it may touch nothing chosen, and whole.
struct before_change {
  const std::string* document = nullptr;  // what the change replaced
  const std::string* sent = nullptr;      // a stream's publication that the audience was shown last: the base of a delta
};

sight look(const view& through, const publication& told, const before_change& before = {});
// A row of a map's state. Hidden: the filter leaves it out.
sight look(const view& through, const entity_document& row);

}  // namespace tidewire::protocol
