#include "schemas/protocol/msgpack_value.hpp"

#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <msgpack.hpp>

#include "schemas/protocol/msgpack_object.hpp"
#include "schemas/utf8.hpp"

namespace tidewire::protocol {
namespace {

struct string_sink {
  std::string& out;
  void write(const char* bytes, std::size_t size) { out.append(bytes, size); }
};
using packer = msgpack::packer<string_sink>;

template <class Pack>
void pack_to(std::string& out, Pack pack) {
  string_sink sink{out};
  packer to(sink);
  pack(to);
}

void pack_text(std::string& out, std::string_view text) {
  pack_to(out, [&](packer& to) {
    to.pack_str(static_cast<std::uint32_t>(text.size()));
    to.pack_str_body(text.data(), static_cast<std::uint32_t>(text.size()));
  });
}

// Not by the library, which makes an int of 1.0: a member that is a float stays one, whatever its value.
void pack_double(std::string& out, double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  out += '\xcb';
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>((bits >> shift) & 0xFFU);
}

std::string repaired(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto length = utf8_length(text);
    length > 0 ? static_cast<void>(out.append(text, 0, length)) : append_utf8(out, replacement_character);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

// The elements of simdjson are values: they are cheap to copy, and so they are.
void append(std::string& out, simdjson::dom::element value);  // NOLINT(misc-no-recursion): as deep as the document, which is bounded

void append_members(std::string& out, simdjson::dom::object object) {
  msgpack_object into(out);
  for (const auto [name, value] : object) append(into.key(name), value);
}

void append_items(std::string& out, simdjson::dom::array array) {
  msgpack_array into(out);
  for (const auto value : array) append(into.item(), value);
}

void append(std::string& out, simdjson::dom::element value) {
  using simdjson::dom::element_type;
  switch (value.type()) {
    case element_type::OBJECT: return append_members(out, value.get_object().value_unsafe());
    case element_type::ARRAY: return append_items(out, value.get_array().value_unsafe());
    case element_type::STRING: return pack_text(out, value.get_string().value_unsafe());
    case element_type::INT64: return pack_to(out, [&](packer& to) { to.pack_int64(value.get_int64().value_unsafe()); });
    case element_type::UINT64: return pack_to(out, [&](packer& to) { to.pack_uint64(value.get_uint64().value_unsafe()); });
    case element_type::DOUBLE: return pack_double(out, value.get_double().value_unsafe());
    case element_type::BOOL: return pack_to(out, [&](packer& to) { value.get_bool().value_unsafe() ? to.pack_true() : to.pack_false(); });
    case element_type::NULL_VALUE: return pack_to(out, [](packer& to) { to.pack_nil(); });
  }
}

}  // namespace

void append_msgpack_value(std::string& out, std::string_view json) {
  thread_local simdjson::dom::parser parser;  // its greatest depth is above that of json_depth_max
  simdjson::dom::element root;
  if (parser.parse(json.data(), json.size()).get(root) == simdjson::SUCCESS) return append(out, root);
  pack_to(out, [](packer& to) { to.pack_nil(); });
}

void append_msgpack_string(std::string& out, std::string_view text) {
  is_utf8(text) ? pack_text(out, text) : pack_text(out, repaired(text));
}

void append_msgpack_bin(std::string& out, std::string_view bytes) {
  pack_to(out, [&](packer& to) {
    to.pack_bin(static_cast<std::uint32_t>(bytes.size()));
    to.pack_bin_body(bytes.data(), static_cast<std::uint32_t>(bytes.size()));
  });
}

void append_msgpack_unsigned(std::string& out, std::uint64_t value) {
  pack_to(out, [&](packer& to) { to.pack_uint64(value); });
}

void append_msgpack_true(std::string& out) {
  pack_to(out, [](packer& to) { to.pack_true(); });
}

std::size_t reserve_msgpack_header(std::string& out) {
  out += '\0';
  return out.size() - 1;
}

void finish_msgpack_map(std::string& out, std::size_t header, std::uint32_t members) {
  std::string made;
  pack_to(made, [&](packer& to) { to.pack_map(members); });
  out.replace(header, 1, made);
}

void finish_msgpack_array(std::string& out, std::size_t header, std::uint32_t items) {
  std::string made;
  pack_to(made, [&](packer& to) { to.pack_array(items); });
  out.replace(header, 1, made);
}

}  // namespace tidewire::protocol
