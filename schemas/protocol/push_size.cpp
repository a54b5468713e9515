#include "schemas/protocol/push_size.hpp"

#include <algorithm>

namespace tidewire::protocol {
namespace {

// Names of members, numbers, a time, brackets and separators, of any dialect.
constexpr std::size_t envelope = 256;
constexpr std::size_t of_tag = 10;  // quotes, colon and comma, or two headers

// A character that has to be escaped takes six bytes at most; MessagePack has a header instead of the quotes.
std::size_t of_string(std::string_view text) noexcept {
  const auto escaped = std::ranges::count_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; });
  return text.size() + 5 * static_cast<std::size_t>(escaped);
}

// JSON text inside a message. The worst for MessagePack are short fractions: "0.5," becomes nine bytes.
std::size_t of_json(dialect as, std::string_view text) noexcept { return is_binary(as) ? text.size() * 9 / 4 + 9 : text.size(); }

// A delta is made of parts of the document, or left out; as a string, it has quotes to escape.
std::size_t of_document(const push_reader& to, std::string_view text) noexcept {
  return to.through.delta ? 2 * text.size() : of_json(to.as, text);
}

}  // namespace

std::size_t push_bytes_max(const push_reader& to, const publication& told) noexcept {
  auto bytes = envelope + of_string(to.channel) + of_document(to, told.data) + told.epoch.size();
  if (told.key) bytes += of_string(*told.key);
  for (const auto& [name, value] : told.tags) bytes += of_tag + of_string(name) + of_string(value);
  if (told.info)
    bytes += of_string(told.info->user) + of_string(told.info->client) + of_json(to.as, told.info->conn_info) +
             of_json(to.as, told.info->chan_info);
  return bytes;
}

}  // namespace tidewire::protocol
