// Pure operations on an entity's document. Documents and operands are JSON text that came through canonical_json (json.hpp); what an
// operation does not touch keeps its bytes and its order. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "schemas/limits.hpp"
#include "schemas/publication.hpp"
#include "schemas/result.hpp"

namespace tidewire {

// JSON merge patch (RFC 7396). An empty `document` is an absent one. New members follow the old ones, in the patch's order.
// Errors: payload_too_large when the result is longer than document_bytes_max, bad_request when an argument is not such text.
result<std::string> merge_patch(std::string_view document, std::string_view patch, const limits& bounds);

// JSON patch (RFC 6902): all steps in their order, or none. What the steps do not touch keeps its bytes.
// Errors: conflict (the detail begins with the step, "/2: …") when a test fails or a path leads to nothing; unprocessable when the result
// would be nested deeper than json_depth_max; limit_exceeded when the steps are too much work (patch_work_bytes_max); payload_too_large
// when the document would be longer than document_bytes_max after a step; bad_request as check_json_patch().
result<std::string> json_patch(std::string_view document, std::string_view patch, const limits& bounds);

// Whether it is a patch, which is all that can be known without the document: bad_request with the pointer to what is wrong in it.
result<void> check_json_patch(std::string_view patch);

// Adds to members of the document, all or nothing; the operand is {"member": number} or {"member": {"by": number, "min": number?,
// "max": number?}}. An absent document counts as {}, an absent member as 0. Whole numbers stay whole (64 bits, signed) until a fraction
// is added; a member that has a fraction or an exponent keeps a fraction.
// Errors: conflict (the detail names the member) when a bound or the range of numbers would be left, unprocessable when the document is no
// object or the member no number, bad_request for another operand, payload_too_large.
result<std::string> increment(std::string_view document, std::string_view operand, const limits& bounds);

// The indexed members of the document as tags: top-level `type`, `source` and `state`, where they are strings of at most
// limits::tag_bytes_max bytes.
tag_map index_tags(std::string_view document);

// Whether index_tags makes tags of that name: publishers cannot set them.
bool is_index_tag(std::string_view name) noexcept;

}  // namespace tidewire
