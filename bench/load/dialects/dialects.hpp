// All dialects there are.
#pragma once

#include <cstddef>
#include <memory>

#include "bench/load/dialects/dialect.hpp"

namespace tidewire::load {

std::unique_ptr<dialect> make_centrifuge();  // Centrifuge client protocol v2 in JSON
std::unique_ptr<dialect> make_resp();        // Redis serialization protocol 2

}  // namespace tidewire::load
