// The part of a document that a subscription wants: `fields` of a subscribe command, as paths of member names joined by dots.
// Immutable; any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/limits.hpp"
#include "schemas/result.hpp"

namespace tidewire {

class field_mask {
 public:
  // ["state", "attributes.level"]: those members with everything below them. Equal sets of paths make equal masks.
  // Errors: bad_request for no path, an empty one or an empty name in it, more than fields_max paths, more than json_depth_max names.
  static result<field_mask> of(const std::vector<std::string>& paths, const limits& bounds);

  // The same paths in one text, joined by commas: a parameter of a query.
  static result<field_mask> of_list(std::string_view paths, const limits& bounds);

  // The document with the chosen members alone, in the document's order and bytes; {} of what is no object.
  // REQUIRES: JSON from canonical_json.
  std::string project(std::string_view document) const;

  // What either of them chooses; what both do, or nothing if that is nothing at all.
  static field_mask either(const field_mask& one, const field_mask& other);
  static std::optional<field_mask> both(const field_mask& one, const field_mask& other);
  // Whether it chooses something of the member of that name, on the first level.
  bool chooses(std::string_view name) const;

  bool operator==(const field_mask&) const = default;

 private:
  struct node {
    std::map<std::string, node, std::less<>> members;  // none: with everything below it
    bool operator==(const node&) const = default;
  };

  static void add(node& to, const node& more);
  static std::optional<node> common(const node& one, const node& other);
  static void append(std::string& out, std::string_view object, const node& chosen);

  node root_;
};

}  // namespace tidewire
