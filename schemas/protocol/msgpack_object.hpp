// Writing MessagePack maps and arrays, member by member, as json_object.hpp does JSON. How many members there are is known at the end: the
// header is put right then, and what was written moves if it needs more than its one byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "schemas/protocol/msgpack_value.hpp"
#include "schemas/protocol/shared_rows.hpp"

namespace tidewire::protocol {

class msgpack_array {
 public:
  explicit msgpack_array(std::string& out) : out_(out), header_(reserve_msgpack_header(out)) {}
  msgpack_array(const msgpack_array&) = delete;
  msgpack_array& operator=(const msgpack_array&) = delete;
  ~msgpack_array() { finish_msgpack_array(out_, header_, items_); }

  // One more element, which the caller writes.
  std::string& item() {
    ++items_;
    return out_;
  }

 private:
  std::string& out_;
  const std::size_t header_;
  std::uint32_t items_ = 0;
};

class msgpack_object {
 public:
  using array = msgpack_array;
  static constexpr auto rows_are = row_text::msgpack;

  explicit msgpack_object(std::string& out) : out_(out), header_(reserve_msgpack_header(out)) {}
  msgpack_object(const msgpack_object&) = delete;
  msgpack_object& operator=(const msgpack_object&) = delete;
  ~msgpack_object() { finish_msgpack_map(out_, header_, members_); }

  // The name of a member; the value is up to the caller.
  std::string& key(std::string_view text) {
    ++members_;
    append_msgpack_string(out_, text);
    return out_;
  }
  std::string& name(std::string_view plain) { return key(plain); }

  void number(std::string_view name_of, std::uint64_t value) { append_msgpack_unsigned(name(name_of), value); }
  void string(std::string_view name_of, std::string_view value) { append_msgpack_string(name(name_of), value); }
  void entry(std::string_view key_of, std::string_view value) { append_msgpack_string(key(key_of), value); }
  // The bytes of a document, or a delta between two.
  void bytes(std::string_view name_of, std::string_view value) { append_msgpack_bin(name(name_of), value); }

  // Nothing for a zero value.
  void number_unless_zero(std::string_view name_of, std::uint64_t value) {
    if (value != 0) number(name_of, value);
  }
  void string_unless_empty(std::string_view name_of, std::string_view value) {
    if (!value.empty()) string(name_of, value);
  }
  void raw_unless_empty(std::string_view name_of, std::string_view json) {
    if (!json.empty()) append_msgpack_value(name(name_of), json);
  }
  void flag(std::string_view name_of, bool value) {
    if (value) append_msgpack_true(name(name_of));
  }

 private:
  std::string& out_;
  const std::size_t header_;
  std::uint32_t members_ = 0;
};

}  // namespace tidewire::protocol
