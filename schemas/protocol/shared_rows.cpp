#include "schemas/protocol/shared_rows.hpp"

#include "schemas/protocol/view.hpp"

namespace tidewire::protocol {

namespace {

subscription_type type_of(const view_ptr& through) { return through ? through->type : subscription_type::map; }

// Whether rows look the same through both.
bool show_the_same(const view_ptr& one, const view_ptr& other) {
  if (one == other) return true;
  if (type_of(one) != type_of(other)) return false;
  const bool one_plain = !one || one->plain();
  const bool other_plain = !other || other->plain();
  if (one_plain || other_plain) return one_plain == other_plain;
  return one->filter == other->filter && one->fields == other->fields && one->delta == other->delta;
}

}  // namespace

const shared_text* row_texts::find(row_text as, const view_ptr& through) const {
  for (const auto& each : texts_)
    if (each.as == as && show_the_same(each.through, through)) return &each.made;
  return nullptr;
}

const shared_text* row_texts::keep(row_text as, const view_ptr& through, std::string made) {
  if (texts_.size() == texts_max) return nullptr;
  return &texts_.emplace_back(as, through, std::move(made), bytes_).made;
}

}  // namespace tidewire::protocol
