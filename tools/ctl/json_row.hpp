// One JSON object of an answer, read by the names of its members. What is missing or of another kind is empty, zero or false: a newer or
// older server is no error.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/json.hpp"

namespace tidewire::ctl {

class json_row {
 public:
  json_row() = default;
  // `object` outlives it; anything else has no members.
  explicit json_row(std::string_view object);

  bool has(std::string_view name) const { return !raw(name).empty(); }
  std::string_view raw(std::string_view name) const;
  std::string text(std::string_view name) const;
  std::uint64_t number(std::string_view name) const { return json_unsigned(raw(name)).value_or(0); }
  double real(std::string_view name) const { return json_number(raw(name)).value_or(0); }
  bool flag(std::string_view name) const { return json_boolean(raw(name)).value_or(false); }
  json_row inner(std::string_view name) const { return json_row(raw(name)); }
  std::vector<std::string_view> list(std::string_view name) const;
  const std::vector<json_member>& members() const& { return members_; }
  const std::vector<json_member>& members() && = delete;  // of a row that is gone by then

 private:
  std::vector<json_member> members_;
};

// A string's own text, or the JSON of anything else.
std::string text_of(std::string_view raw);

}  // namespace tidewire::ctl
