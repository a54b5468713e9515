#include "schemas/protocol/state_rows.hpp"

#include "schemas/protocol/view.hpp"

namespace tidewire::protocol {

namespace {

// Whether rows look the same through both.
bool show_the_same(const view_ptr& one, const view_ptr& other) {
  if (one == other) return true;
  const bool one_plain = !one || one->plain();
  const bool other_plain = !other || other->plain();
  if (one_plain || other_plain) return one_plain == other_plain;
  return one->filter == other->filter && one->fields == other->fields && one->delta == other->delta;
}

}  // namespace

state_rows::state_rows(std::vector<entity_ptr> rows) {
  if (rows.empty()) return;
  all_ = std::make_shared<shared>();
  all_->rows = std::move(rows);
}

const std::vector<entity_ptr>& state_rows::all() const noexcept {
  static const std::vector<entity_ptr> none;
  return all_ ? all_->rows : none;
}

const std::string* state_rows::find(row_text as, const view_ptr& through) const {
  for (const auto& each : all_->texts)
    if (each.as == as && show_the_same(each.through, through)) return &each.bytes;
  return nullptr;
}

void state_rows::keep(row_text as, const view_ptr& through, std::string made) const {
  if (all_->texts.size() == texts_max) return;
  all_->text_bytes.fetch_add(made.size(), std::memory_order_relaxed);
  all_->texts.push_back({as, through, std::move(made)});
}

}  // namespace tidewire::protocol
