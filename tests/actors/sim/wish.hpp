// What a client of the simulation wants to see of a channel, and what of a change or a document it should then see: the model that the
// engine's frames are held against.
#pragma once

#include <optional>
#include <string>

#include "schemas/field_mask.hpp"
#include "schemas/publication.hpp"
#include "schemas/tag_filter.hpp"
#include "tests/actors/sim/chance.hpp"

namespace tidewire::test {

struct wish {
  std::string channel;
  bool map = false;
  bool pattern = false;  // the channel stands for many rooms
  std::string filter_text;
  std::optional<tag_filter> filter;
  std::string fields_text;
  std::optional<field_mask> fields;
  bool delta = false;
  int max_rate = 0;
  std::string slow;  // empty: as the namespace says

  // The members of a subscribe command that say so.
  std::string members() const;

  bool passes(const tag_map& tags) const { return !filter || matches(*filter, tags); }
  std::string shown(const std::string& document) const { return fields ? fields->project(document) : document; }
  // Of a stream: need not be shown. `live`: a change of nothing that was chosen is passed over.
  bool hides(const publication& told, const entity_document* before, bool live) const;
};

wish some_wish(chance& by, std::string channel);

}  // namespace tidewire::test
