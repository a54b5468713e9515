// The elements of an envelope (envelope.hpp), written and read: one overload of put() and of take() for each type of field. For the
// sources of the envelopes alone.
#pragma once

#include <limits>
#include <msgpack.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "schemas/operation.hpp"
#include "schemas/options.hpp"
#include "schemas/publication.hpp"
#include "schemas/result.hpp"

namespace tidewire::storage::envelope {

constexpr char version = '\x01';
constexpr std::size_t depth_max = 7;  // the array, its operations, one of them, its tags, their strings, and two to spare

// ---- writing

struct string_sink {
  std::string& out;
  void write(const char* bytes, std::size_t size) { out.append(bytes, size); }
};
using packer = msgpack::packer<string_sink>;

inline void put(packer& to, std::uint64_t value) { to.pack_uint64(value); }
inline void put(packer& to, std::uint32_t value) { to.pack_uint32(value); }
inline void put(packer& to, std::int64_t value) { to.pack_int64(value); }
inline void put(packer& to, bool value) { value ? to.pack_true() : to.pack_false(); }
inline void put(packer& to, durability value) { to.pack_uint8(static_cast<std::uint8_t>(value)); }

inline void put(packer& to, const std::string& value) {
  to.pack_str(static_cast<std::uint32_t>(value.size()));
  to.pack_str_body(value.data(), static_cast<std::uint32_t>(value.size()));
}

inline void put(packer& to, const tag_map& tags) {
  to.pack_array(static_cast<std::uint32_t>(2 * tags.size()));
  for (const auto& [name, value] : tags) {
    put(to, name);
    put(to, value);
  }
}

inline void put(packer& to, const client_info& info) {
  to.pack_array(4);
  put(to, info.user);
  put(to, info.client);
  put(to, info.conn_info);
  put(to, info.chan_info);
}

template <class T>
void put(packer& to, const std::optional<T>& value) {
  value ? put(to, *value) : static_cast<void>(to.pack_nil());
}

template <char Version = version, class... Field>
std::string make_envelope(std::size_t size_hint, const Field&... fields) {
  std::string out;
  out.reserve(size_hint + 64);
  out.push_back(Version);
  string_sink sink{out};
  packer to(sink);
  to.pack_array(sizeof...(Field));
  (put(to, fields), ...);
  return out;
}

// ---- reading: false if the object is something else

inline bool take(const msgpack::object& from, std::uint64_t& value) {
  if (from.type != msgpack::type::POSITIVE_INTEGER) return false;
  value = from.via.u64;
  return true;
}

inline bool take(const msgpack::object& from, std::uint32_t& value) {
  std::uint64_t wide = 0;
  if (!take(from, wide) || wide > std::numeric_limits<std::uint32_t>::max()) return false;
  value = static_cast<std::uint32_t>(wide);
  return true;
}

inline bool take(const msgpack::object& from, std::int64_t& value) {
  if (from.type == msgpack::type::NEGATIVE_INTEGER) {
    value = from.via.i64;
    return true;
  }
  std::uint64_t wide = 0;
  if (!take(from, wide) || wide > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return false;
  value = static_cast<std::int64_t>(wide);
  return true;
}

inline bool take(const msgpack::object& from, bool& value) {
  if (from.type != msgpack::type::BOOLEAN) return false;
  value = from.via.boolean;
  return true;
}

inline bool take(const msgpack::object& from, durability& value) {
  std::uint64_t number = 0;
  if (!take(from, number) || number > static_cast<std::uint64_t>(durability::memory)) return false;
  value = static_cast<durability>(number);
  return true;
}

inline bool take(const msgpack::object& from, std::string& value) {
  if (from.type != msgpack::type::STR) return false;
  value.assign(from.via.str.ptr, from.via.str.size);
  return true;
}

inline bool take(const msgpack::object& from, tag_map& tags) {
  if (from.type != msgpack::type::ARRAY || from.via.array.size % 2 != 0) return false;
  tags.resize(from.via.array.size / 2);
  const msgpack::object* element = from.via.array.ptr;
  for (std::size_t i = 0; i < tags.size(); ++i) {
    if (!take(*element++, tags[i].first) || !take(*element++, tags[i].second)) return false;
    if (i > 0 && tags[i - 1].first >= tags[i].first) return false;
  }
  return true;
}

template <class T>
bool take(const msgpack::object& from, std::optional<T>& value);

template <class... Field>
bool take_all(const msgpack::object& from, Field&... fields) {
  if (from.type != msgpack::type::ARRAY || from.via.array.size != sizeof...(Field)) return false;
  const msgpack::object* element = from.via.array.ptr;
  return (take(*element++, fields) && ...);
}

inline bool take(const msgpack::object& from, client_info& info) {
  return take_all(from, info.user, info.client, info.conn_info, info.chan_info);
}

template <class T>
bool take(const msgpack::object& from, std::optional<T>& value) {
  if (from.type == msgpack::type::NIL) return true;
  return take(from, value.emplace());
}

inline bool refer_to_input(msgpack::type::object_type, std::size_t, void*) { return true; }

// Calls read(array object) on a well-formed envelope. The objects refer to `bytes`.
template <class Read>
bool open_envelope(std::string_view bytes, char expected, Read read) {
  if (bytes.empty() || bytes.front() != expected) return false;
  bytes.remove_prefix(1);
  try {
    msgpack::zone zone(1024);
    // Each element takes a byte of input at least, so no honest count is above its size.
    const msgpack::unpack_limit limit(bytes.size(), bytes.size(), bytes.size(), bytes.size(), bytes.size(), depth_max);
    std::size_t used = 0;
    const msgpack::object object = msgpack::unpack(zone, bytes.data(), bytes.size(), used, refer_to_input, nullptr, limit);
    return used == bytes.size() && read(object);
  } catch (const std::exception&) {  // msgpack's way to say malformed, cut short or over the limit
    return false;
  }
}

template <char Version = version, class... Field>
bool open_fields(std::string_view bytes, Field&... fields) {
  return open_envelope(bytes, Version, [&](const msgpack::object& object) { return take_all(object, fields...); });
}

inline tl::unexpected<failure> malformed(std::string_view what) {
  return fail(errc::internal, "a stored " + std::string(what) + " is malformed or of an unknown version");
}

}  // namespace tidewire::storage::envelope
