#include "bench/load/dialects/dialect.hpp"

#include "bench/load/dialects/dialects.hpp"

namespace tidewire::load {

std::unique_ptr<dialect> make_dialect(std::string_view kind, std::size_t payload_bytes) {
  if (kind == "tidewire" || kind == "centrifugo") return make_centrifuge();
  if (kind == "nats") return make_nats();
  if (kind == "mosquitto") return make_mqtt(payload_bytes);
  if (kind == "redis") return make_resp();
  if (kind == "ws") return make_plain();
  if (kind == "socketio") return make_socketio();
  return nullptr;
}

std::vector<std::string> entity_names(unsigned count) {
  std::vector<std::string> names;
  for (unsigned number = 0; number < count; ++number) names.push_back("entity-" + std::to_string(number));
  return names;
}

std::string room_name(unsigned room, char separator) { return std::string("bench") + separator + std::to_string(room); }

}  // namespace tidewire::load
