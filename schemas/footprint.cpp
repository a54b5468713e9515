#include "schemas/footprint.hpp"

namespace tidewire {

std::size_t bytes_of(const tag_map& tags) noexcept {
  std::size_t bytes = 0;
  for (const auto& tag : tags) bytes += sizeof tag + tag.first.size() + tag.second.size();
  return bytes;
}

std::size_t bytes_of(const client_info& who) noexcept {
  return sizeof who + who.user.size() + who.client.size() + who.conn_info.size() + who.chan_info.size();
}

std::size_t bytes_of(const publication& what) noexcept {
  return sizeof what + what.data.size() + (what.key ? what.key->size() : 0) + bytes_of(what.tags) + bytes_of(what.tags_before) +
         (what.info ? bytes_of(*what.info) - sizeof *what.info : 0) + what.epoch.size();
}

std::size_t bytes_of(const entity_document& what) noexcept {
  return sizeof what + what.key.size() + what.data.size() + bytes_of(what.tags);
}

std::size_t bytes_of(const operation& what) noexcept {
  auto bytes = sizeof what + what.data.size() + (what.key ? what.key->size() : 0) + (what.tags ? bytes_of(*what.tags) : 0);
  if (what.once) bytes += what.once->scope.size() + what.once->id.size() + what.once->fingerprint.size();
  for (const auto& tag : what.only_if.tags) bytes += sizeof tag + tag.epoch.size();
  return bytes;
}

std::size_t bytes_of(const change& what) noexcept { return bytes_of(*what.told) + (what.before ? bytes_of(*what.before) : 0); }

}  // namespace tidewire
