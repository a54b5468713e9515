#include "schemas/apply.hpp"

#include <algorithm>
#include <cassert>

#include "schemas/document.hpp"
#include "schemas/limit_hits.hpp"

namespace tidewire {
namespace {

bool holds(const precondition& only_if, const entity_document* current, std::string_view epoch) {
  switch (only_if.wants) {
    case precondition::demand::none: return true;
    case precondition::demand::absent: return current == nullptr;
    case precondition::demand::exists: return current != nullptr;
    case precondition::demand::one_of:
      return current && std::any_of(only_if.tags.begin(), only_if.tags.end(), [&](const entity_tag& each) {
               return each.version == current->version && (each.epoch.empty() || each.epoch == epoch);
             });
  }
  return false;
}

std::string describe_version(const entity_document* current) {
  return current ? "the entity has version " + std::to_string(current->version) : "the entity does not exist";
}

result<std::string> new_document(const operation& wanted, std::string_view document, const limits& bounds) {
  switch (wanted.kind) {
    case operation_kind::merge: return merge_patch(document, wanted.data, bounds);
    case operation_kind::increment: return increment(document, wanted.data, bounds);
    case operation_kind::patch: return json_patch(document, wanted.data, bounds);
    case operation_kind::set: {
      if (exceeds<"document_bytes_max">(wanted.data.size() > bounds.document_bytes_max)) {
        return fail(errc::payload_too_large, "the document is longer than " + std::to_string(bounds.document_bytes_max) + " bytes");
      }
      return wanted.data;
    }
    case operation_kind::remove: break;
  }
  assert(false);  // a removal leaves no document
  return fail(errc::internal);
}

tag_map new_tags(const operation& wanted, const entity_document* current, std::string_view document) {
  auto tags = wanted.tags ? *wanted.tags : current ? current->tags : tag_map{};
  std::erase_if(tags, [](const auto& each) { return is_index_tag(each.first); });
  const auto publishers = static_cast<std::ptrdiff_t>(tags.size());
  std::ranges::move(index_tags(document), std::back_inserter(tags));
  std::inplace_merge(tags.begin(), tags.begin() + publishers, tags.end());
  return tags;
}

}  // namespace

result<change_outcome> apply(const operation& wanted, const entity_document* current, std::string_view epoch, const limits& bounds) {
  if (!holds(wanted.only_if, current, epoch)) return fail(errc::version_conflict, describe_version(current));
  if (wanted.kind == operation_kind::patch && !current) return fail(errc::unknown_room, "there is no entity that the patch could change");
  if (wanted.kind == operation_kind::remove) return change_outcome{true, {}, {}};
  auto document = new_document(wanted, current ? std::string_view(current->data) : std::string_view(), bounds);
  if (!document) return tl::unexpected(std::move(document.error()));
  auto tags = new_tags(wanted, current, *document);
  return change_outcome{false, std::move(*document), std::move(tags)};
}

}  // namespace tidewire
