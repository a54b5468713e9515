// Makes messages of the client protocol into ready frames, as their peers take them. Used by one thread at a time.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "schemas/deflate.hpp"
#include "schemas/frame.hpp"
#include "schemas/options.hpp"

namespace tidewire {

class frame_maker {
 public:
  explicit frame_maker(const compression_options& how) : how_(how) {}

  // `opcode`: text or binary, where the peer has such a thing.
  frame_ptr make(framing form, frame_opcode opcode, std::string_view message);

 private:
  compression_options how_;
  std::optional<deflater> deflater_;  // made when something is worth compressing
  std::string scratch_;
};

}  // namespace tidewire
