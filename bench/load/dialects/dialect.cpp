#include "bench/load/dialects/dialect.hpp"

#include "bench/load/dialects/dialects.hpp"

namespace tidewire::load {

std::unique_ptr<dialect> make_dialect(std::string_view kind, [[maybe_unused]] std::size_t payload_bytes) {
  if (kind == "tidewire" || kind == "centrifugo") return make_centrifuge();
  if (kind == "redis") return make_resp();
  return nullptr;
}

std::string room_name(unsigned room, char separator) { return std::string("bench") + separator + std::to_string(room); }

}  // namespace tidewire::load
