// Makes messages of the client protocol into ready frames, as their peers take them. Used by one thread at a time.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "schemas/deflate.hpp"
#include "schemas/frame.hpp"
#include "schemas/options.hpp"
#include "schemas/shared_text.hpp"

namespace tidewire {

class frame_maker {
 public:
  // `deflated`, which outlives it, counts the bytes that were compressed; null: nobody asks.
  explicit frame_maker(const compression_options& how, std::atomic<std::uint64_t>* deflated = nullptr) : how_(how), deflated_(deflated) {}

  // `opcode`: text or binary, where the peer has such a thing. What `shared` says of the message is taken as compressed for all who share
  // it; a part that is not there, or too short to be worth it, is compressed with the rest.
  frame_ptr make(framing form, frame_opcode opcode, std::string_view message, const shared_parts& shared = {});

 private:
  void compress(std::string_view message, const shared_parts& shared);
  void append_own(std::string_view part);

  compression_options how_;
  std::atomic<std::uint64_t>* deflated_;
  std::optional<deflater> deflater_;  // made when something is worth compressing
  std::string scratch_;
};

}  // namespace tidewire
