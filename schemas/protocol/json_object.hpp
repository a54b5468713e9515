// Writing JSON objects and arrays, member by member, as the JSON dialect does.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "schemas/json.hpp"

namespace tidewire::protocol {

// Writes the members of one object and its closing brace; the commas come by themselves.
class json_object {
 public:
  explicit json_object(std::string& out) : out_(out) { out_ += '{'; }
  json_object(const json_object&) = delete;
  json_object& operator=(const json_object&) = delete;
  ~json_object() { out_ += '}'; }

  // The name of a member that needs no escapes; the value is up to the caller.
  std::string& name(std::string_view plain) {
    comma();
    out_ += '"';
    out_ += plain;
    out_ += "\":";
    return out_;
  }

  // The same for any name.
  std::string& key(std::string_view text) {
    comma();
    append_json_string(out_, text);
    out_ += ':';
    return out_;
  }

  void number(std::string_view name_of, std::uint64_t value) { append_json_unsigned(name(name_of), value); }
  void string(std::string_view name_of, std::string_view value) { append_json_string(name(name_of), value); }

  // Nothing for a zero value.
  void number_unless_zero(std::string_view name_of, std::uint64_t value) {
    if (value != 0) number(name_of, value);
  }
  void string_unless_empty(std::string_view name_of, std::string_view value) {
    if (!value.empty()) string(name_of, value);
  }
  void raw_unless_empty(std::string_view name_of, std::string_view value) {
    if (!value.empty()) name(name_of) += value;
  }
  void flag(std::string_view name_of, bool value) {
    if (value) name(name_of) += "true";
  }

 private:
  void comma() {
    if (!first_) out_ += ',';
    first_ = false;
  }

  std::string& out_;
  bool first_ = true;
};

template <class Items, class Write>
void write_array(std::string& out, const Items& items, Write write) {
  out += '[';
  bool first = true;
  for (const auto& item : items) {
    if (!first) out += ',';
    first = false;
    write(*item);
  }
  out += ']';
}

}  // namespace tidewire::protocol
