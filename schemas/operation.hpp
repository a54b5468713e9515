// One wish to change a room, as an integration or a client states it, before the room has ordered it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "schemas/publication.hpp"

namespace tidewire {

enum class operation_kind : std::uint8_t {
  merge,      // JSON merge patch (RFC 7396) on the entity's document; a missing entity is created
  set,        // the operand becomes the document
  remove,     // the entity goes; removing what is not there is a change without effect
  increment,  // adds numbers to members: {"member": number} or {"member": {"by": number, "min": number?, "max": number?}}
  patch,      // JSON patch (RFC 6902) on the entity's document, which must exist
};

// A strong entity tag, "epoch:version". An empty epoch stands for the current one.
struct entity_tag {
  std::string epoch;
  std::uint64_t version = 0;

  bool operator==(const entity_tag&) const = default;
};

// What must hold of the committed entity for the operation to apply; else nothing changes (version_conflict).
struct precondition {
  enum class demand : std::uint8_t { none, absent, exists, one_of };
  demand wants = demand::none;
  std::vector<entity_tag> tags;  // for one_of

  bool operator==(const precondition&) const = default;
};

// Applies once per (room, scope, id) within the namespace's idempotency_ttl_s; a repetition gets the first answer again.
struct idempotency {
  std::string scope;  // "ce", "key" or "request", then NUL and the caller
  std::string id;
  std::string fingerprint;   // digest of the payload: another payload under the same id is refused
  std::uint32_t covers = 1;  // so many operations of the request, from this one on; the others have no id of their own

  bool operator==(const idempotency&) const = default;
};

struct operation {
  std::optional<std::string> key;  // absent: a publication of the stream alone; then kind is set
  operation_kind kind = operation_kind::merge;
  std::string data;             // operand: valid JSON without a raw newline; empty for remove
  std::optional<tag_map> tags;  // absent: the entity keeps its tags
  precondition only_if;
  std::optional<idempotency> once;
  std::optional<std::uint32_t> ttl_s;        // the entity goes so long after this change; 0: never. Absent: as the namespace says
  std::optional<std::int64_t> expires_ms{};  // or at this Unix time; then there is no ttl_s

  bool operator==(const operation&) const = default;
};

}  // namespace tidewire
