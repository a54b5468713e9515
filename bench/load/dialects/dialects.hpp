// All dialects there are.
#pragma once

#include <cstddef>
#include <memory>

#include "bench/load/dialects/dialect.hpp"

namespace tidewire::load {

std::unique_ptr<dialect> make_centrifuge();                     // Centrifuge client protocol v2 in JSON
std::unique_ptr<dialect> make_mqtt(std::size_t payload_bytes);  // MQTT 3.1.1
std::unique_ptr<dialect> make_nats();                           // NATS client protocol
std::unique_ptr<dialect> make_plain();                          // nothing but payloads
std::unique_ptr<dialect> make_resp();                           // Redis serialization protocol 2
std::unique_ptr<dialect> make_resp_streams();                   // the same, where publishing appends to a stream of that name
std::unique_ptr<dialect> make_socketio();                       // Socket.IO 4

// Of make_resp_streams: asks how long a room's stream is. The answer counts as one to a publication; its place is the length.
std::string stream_length_command(unsigned room);

}  // namespace tidewire::load
