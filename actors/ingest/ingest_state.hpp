// One stream of changes over HTTP (application/x-ndjson): lines become changes of rooms, in order, a bounded number of them on their way;
// the answer says what became of them. Pure; ingest.cpp is the actor around it.
//
//   bytes → [lines] → on their way, at most ingest_lines_in_flight_max → settled: their bytes are released, and more is read
//
// A line that is refused for good is noted, and the stream goes on. What is not the line's fault (503, 429, 500) ends the stream: the
// answer says up to which line everything is settled, and who sends goes on behind it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/messages.hpp"
#include "schemas/access/permissions.hpp"
#include "schemas/options.hpp"

namespace tidewire {

// What the stream asks of the world around it.
class ingest_port {
 public:
  virtual ~ingest_port() = default;

  virtual std::int64_t now_s() const = 0;      // Unix time
  virtual std::int64_t steady_ms() const = 0;  // for deadlines
  virtual void note_refusal(errc why) = 0;     // a room that may not be changed, or credentials that have expired
  virtual void publish(ticket which, const std::string& room, publish_request request) = 0;
  virtual void release(std::size_t bytes) = 0;
  // So much is held of a line that has not come as a whole, though it is released. False: others leave no room for it.
  virtual bool hold(std::size_t bytes) = 0;
  virtual void answer(transport::http_response response) = 0;  // once; the stream is over
};

struct ingest_wish {
  std::string room;  // of the path; empty: each line names its own
  rights may;
  std::int64_t expires_at_s = 0;  // when the credentials do; 0: never
};

class ingest_state {
 public:
  // `options` and `port` outlive the stream.
  ingest_state(ingest_wish wish, const server_options& options, ingest_port& port);

  void on_bytes(std::string_view bytes);
  void on_end(transport::body_end how);
  void on_published(ticket which, const result<published>& outcome);
  void tick();
  bool over() const noexcept { return phase_ == phase::over; }

 private:
  enum class phase : std::uint8_t {
    open,    // takes lines
    ending,  // takes no more: waits for those on their way, then answers
    over,
  };
  struct flying {
    std::int64_t due_ms = 0;
    std::size_t bytes = 0;  // to be released
    std::string room;
  };
  struct refused_line {
    std::uint64_t number = 0;
    failure why;
  };

  void pump();
  void take_line(std::string_view line, std::size_t bytes);
  void take_rest();
  void skip_overlong();
  void note(std::uint64_t number, const failure& why);
  void stop(failure why, std::uint16_t status = 0);
  void end_if_settled();
  void let_go(std::size_t bytes);
  transport::http_response summary() const;

  const ingest_wish wish_;
  const server_options& options_;
  ingest_port& port_;
  phase phase_ = phase::open;
  bool whole_ = false;     // all bytes have come: what is left without a line break is a line
  bool silent_ = false;    // nobody hears an answer
  bool skipping_ = false;  // inside a line that is too long
  std::string text_;       // not taken yet; lines begin at begin_
  std::size_t begin_ = 0;
  std::size_t searched_ = 0;  // up to here there is no line break
  std::size_t let_go_ = 0;    // bytes at begin_ that are released already: of a line that has not come as a whole
  std::uint64_t lines_ = 0;   // taken so far, empty ones too: the number of the newest one
  std::uint64_t applied_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t denied_ = 0;                      // of these: of rooms that may not be changed
  std::map<std::uint64_t, flying> flying_;        // by line
  std::vector<refused_line> errors_;              // the first ones
  std::optional<std::uint64_t> settled_through_;  // when it is stopped: all lines up to here are settled
  std::optional<failure> stopped_by_;
  std::uint16_t status_ = 0;  // of the answer, where the failure has none of its own
  std::string epoch_;         // of the room of the path
  std::uint64_t offset_ = 0;  // its newest change by this stream
};

}  // namespace tidewire
