// Writing JSON objects and arrays, member by member. msgpack_object.hpp offers the same, so that shapes.hpp describes a reply once for
// both.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "schemas/json.hpp"
#include "schemas/protocol/shared_rows.hpp"

namespace tidewire::protocol {

// Writes the elements of one array and its closing bracket; the commas come by themselves.
class json_array {
 public:
  explicit json_array(std::string& out) : out_(out) { out_ += '['; }
  json_array(const json_array&) = delete;
  json_array& operator=(const json_array&) = delete;
  ~json_array() { out_ += ']'; }

  // One more element, which the caller writes.
  std::string& item() {
    if (!first_) out_ += ',';
    first_ = false;
    return out_;
  }

 private:
  std::string& out_;
  bool first_ = true;
};

// The same of one object.
class json_object {
 public:
  using array = json_array;
  static constexpr auto rows_are = row_text::json;

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
  // A member of any name.
  void entry(std::string_view key_of, std::string_view value) { append_json_string(key(key_of), value); }
  // The bytes of a document, or a delta between two.
  void bytes(std::string_view name_of, std::string_view value) { append_json_string(name(name_of), value); }

  // Nothing for a zero value.
  void number_unless_zero(std::string_view name_of, std::uint64_t value) {
    if (value != 0) number(name_of, value);
  }
  void string_unless_empty(std::string_view name_of, std::string_view value) {
    if (!value.empty()) string(name_of, value);
  }
  void raw_unless_empty(std::string_view name_of, std::string_view json) {
    if (!json.empty()) name(name_of) += json;
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

}  // namespace tidewire::protocol
