// Finds the deliveries in what one connection receives, at a few nanoseconds each: it guesses that the next marker is as far away as the
// last one was, looks whether it is there, and searches only when it is not. What stands between deliveries is shown to the sink when
// its length is another than last time. So replies, pings and complaints are noticed without parsing any delivery.
//
// Pieces of payload come in as they are received. What is not finished is kept until the next piece, and put directly in front of it: the
// memory before a piece must be writable for `kept()` bytes.
//
//   sink.delivered(marker)
//   sink.other(text, after)   text between deliveries; `after`: it begins in the middle of one, right behind its marker. Returns how much
//                             of it was dealt with; the rest comes again with more behind it. Not asked for at the end of a message.
#pragma once

#include <cstring>
#include <string>
#include <string_view>

#include "bench/load/parts/marker.hpp"

namespace tidewire::load {

class delivery_stream {
 public:
  // In some dialects messages begin and end anywhere: of those the bytes behind a marker must be known.
  void never_ends(std::size_t bytes_behind_marker) noexcept {
    endless_ = true;
    tail_ = bytes_behind_marker;
  }
  // Before it, everything goes to other(), whole messages at a time.
  void expect_deliveries() noexcept { expecting_ = true; }

  std::size_t kept() const noexcept { return kept_.size(); }

  template <class Sink>
  void feed(char* at, std::size_t size, bool last, Sink& sink) {
    if (!kept_.empty()) {
      at -= kept_.size();
      size += kept_.size();
      std::memcpy(at, kept_.data(), kept_.size());
      kept_.clear();
    }
    last = last && !endless_;
    const std::string_view text(at, size);
    const auto done = expecting_ ? scan(text, last, sink) : show(text, last, sink);
    if (done < size) kept_.assign(text.substr(done));
  }

 private:
  template <class Sink>
  std::size_t show(std::string_view text, bool last, Sink& sink) {
    if (!last && !endless_) return 0;
    const auto done = sink.other(text, false);
    return last ? text.size() : done;
  }

  template <class Sink>
  std::size_t scan(std::string_view text, bool last, Sink& sink) {
    std::size_t at = 0;
    while (true) {
      auto& guess = after_ ? stride_ : lead_;
      auto next = at + guess;
      if (next + marker_bytes > text.size() || !is_marker(text.data() + next)) {
        next = find_marker(text.substr(at));
        if (next == std::string_view::npos) break;
        guess = next;
        next += at;
        sink.other(text.substr(at, guess), after_);
      }
      sink.delivered(read_marker(text.data() + next));
      at = next + marker_bytes;
      after_ = true;
    }
    return at + (last ? end_message(text.substr(at), sink) : endless_ ? pause(text.substr(at), sink) : 0);
  }

  template <class Sink>
  std::size_t end_message(std::string_view rest, Sink& sink) {
    if (!after_ || rest.size() != tail_) {
      sink.other(rest, after_);
      if (after_) tail_ = rest.size();
    }
    after_ = false;
    return rest.size();
  }

  template <class Sink>
  std::size_t pause(std::string_view rest, Sink& sink) {
    const auto done = after_ && rest.size() == tail_ ? tail_ : sink.other(rest, after_);
    if (done > 0) after_ = false;
    return done;
  }

  std::size_t lead_ = 0;    // from the start of a message to its first marker
  std::size_t stride_ = 0;  // from the end of a marker to the next marker
  std::size_t tail_ = 0;    // from the end of the last marker to the end of the message
  bool after_ = false;      // what comes next stands behind a marker of the same message
  bool expecting_ = false;
  bool endless_ = false;
  std::string kept_;
};

}  // namespace tidewire::load
