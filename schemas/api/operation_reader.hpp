// What the forms of a publish body have in common: how the parts of an operation are read and checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "schemas/limits.hpp"
#include "schemas/operation.hpp"
#include "schemas/result.hpp"

namespace tidewire::api {

// The pointer (RFC 6901) to a member of an item; of a very long name the beginning, for this is shown to people.
std::string member_pointer(std::string_view item, std::string_view member);

// A failure about the value that the pointer points to; an empty one means the whole body.
tl::unexpected<failure> fail_at(std::string_view pointer, errc code, std::string_view what);

// How long an entity stays, from an integer of seconds; 0: for ever. The failure tells what it must be.
result<std::uint32_t> read_ttl(std::string_view raw, const limits& bounds);

// One operation on its way from a body. Raw values are JSON that came through canonical_json.
class operation_reader {
 public:
  // `pointer` is that of the whole item: "" or "/3". Both arguments must outlive the reader.
  operation_reader(std::string_view pointer, const limits& bounds) : pointer_(pointer), bounds_(bounds) {}

  // Each reads the value of the member of that name.
  result<void> read_key(std::string_view member, std::string_view raw);
  result<void> read_kind(std::string_view member, std::string_view raw);
  result<void> read_data(std::string_view member, std::string_view raw);
  result<void> read_tags(std::string_view member, std::string_view raw);
  result<void> read_version(std::string_view member, std::string_view raw);
  result<void> read_ttl(std::string_view member, std::string_view raw);
  result<void> read_expires_at(std::string_view member, std::string_view raw);

  // Makes the operation apply once per (scope, caller, id). No id: the member was no string.
  result<void> make_idempotent(std::string_view member, std::string_view scope, std::string_view caller, std::optional<std::string> id);

  // Checks how the parts go together and fingerprints them.
  result<operation> finish() &&;

  tl::unexpected<failure> refuse(std::string_view member, errc code, std::string_view what) const;

 private:
  std::string_view pointer_;
  const limits& bounds_;
  operation made_;
  std::optional<operation_kind> kind_;
  std::string_view version_member_;  // that brought the condition
};

}  // namespace tidewire::api
