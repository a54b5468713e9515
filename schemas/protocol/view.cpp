#include "schemas/protocol/view.hpp"

#include <array>
#include <utility>

#include "schemas/fossil_delta.hpp"
#include "schemas/readable.hpp"

namespace tidewire::protocol {
namespace {

bool passes(const view& through, const tag_map& tags) { return !through.filter || matches(*through.filter, tags); }

std::string chosen(const view& through, const std::string& document) {
  return through.fields ? through.fields->project(document) : document;
}

// The document, if something of it that was chosen has changed.
sight document(const view& through, const publication& told, const std::string* before, const std::string* base) {
  sight seen{sight::kind::document, chosen(through, told.data), false};
  if (through.fields && before != nullptr && chosen(through, *before) == seen.data) return {};
  if (!through.delta || base == nullptr) return seen;
  if (auto delta = make_fossil_delta(chosen(through, *base), seen.data)) {
    seen.data = std::move(*delta);
    seen.delta = true;
  }
  return seen;
}

sight look_at_map(const view& through, const publication& told, const std::string* before) {
  if (!told.key) return {};
  const bool was_shown = passes(through, told.tags_before);
  if (told.removed || !passes(through, told.tags)) return {was_shown ? sight::kind::removal : sight::kind::hidden, {}, false};
  if (!was_shown) before = nullptr;
  return document(through, told, before, before);
}

}  // namespace

bool shows_tag(const view& through, std::string_view name) { return !through.own_tags || through.fields->chooses(name); }

tag_map shown_tags(const view& through, const tag_map& tags) { return through.own_tags ? readable_tags(*through.fields, tags) : tags; }

result<void> restrict_to(const field_mask& readable, view& wanted) {
  auto left = wanted.fields ? field_mask::both(readable, *wanted.fields) : readable;
  if (!left) return fail(errc::permission_denied, "none of these fields may be read");
  wanted.fields = std::move(*left);
  wanted.own_tags = true;
  if (wanted.filter && !all_keys(*wanted.filter, [&](const std::string& name) { return shows_tag(wanted, name); }))
    return fail(errc::permission_denied, "the filter asks for tags that may not be read");
  return {};
}

view_ptr plain_view(subscription_type type, slow_consumer slow) {
  static const auto all = [] {
    std::array<std::array<view_ptr, 3>, 4> made;
    for (std::size_t i = 0; i < made.size(); ++i)
      for (std::size_t j = 0; j < made[i].size(); ++j)
        made[i][j] = std::make_shared<const view>(view{static_cast<subscription_type>(i), {}, {}, false, static_cast<slow_consumer>(j)});
    return made;
  }();
  return all.at(static_cast<std::size_t>(type)).at(static_cast<std::size_t>(slow));
}

view_ptr share(view wanted) {
  if (auto plain = plain_view(wanted.type, wanted.slow); wanted == *plain) return plain;
  return std::make_shared<const view>(std::move(wanted));
}

sight look(const view& through, const publication& told, const before_change& before) {
  if (is_map(through.type)) return look_at_map(through, told, before.document);
  if (!passes(through, told.removed ? told.tags_before : told.tags)) return {};
  if (told.removed) return through.delta ? sight{sight::kind::document, "null", false} : sight{sight::kind::removal, {}, false};
  return document(through, told, before.document, before.sent);
}

sight look(const view& through, const entity_document& row) {
  if (!passes(through, row.tags)) return {};
  return {sight::kind::document, chosen(through, row.data), false};
}

}  // namespace tidewire::protocol
