// The account of requests that publish: what was asked for on each connection, and whether the answers fit. Answers may come in any order;
// what they say of places in a room must grow for each connection. All times in nanoseconds of the steady clock.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bench/load/parts/deliveries.hpp"
#include "bench/load/parts/histogram.hpp"

namespace tidewire::load {

// What a server says when it took all publications of a request.
struct answer {
  std::uint64_t nth = 0;                                 // of the connection's requests, from 0
  std::optional<std::span<const std::uint64_t>> places;  // of the publications, each more than 0; nothing when it does not say
  std::optional<unsigned> room;                          // nothing when it does not say
};

class requests {
 public:
  struct shape {
    unsigned connections = 1;
    unsigned rooms = 1;
    unsigned pipeline = 1;  // requests of one connection that are not answered yet
  };

  explicit requests(const shape& of);

  // A request goes out. REQUIRES: has_place.
  bool has_place(unsigned connection) const noexcept;
  void begin(unsigned connection, unsigned room, unsigned publications, std::int64_t now);

  void answered(unsigned connection, const answer& what, std::int64_t now);

  // Latencies of requests that went out earlier are not counted: until this is called, none are.
  void count_from(std::int64_t begun) noexcept { count_from_ = begun; }

  std::uint64_t acknowledged() const noexcept { return acknowledged_; }  // publications
  std::uint64_t unanswered() const noexcept { return unanswered_; }      // requests
  const histogram& latency() const noexcept { return latency_; }

  // What was wrong with answers: `duplicates` answer nothing that is open, `out_of_order` are places that did not grow.
  const violations& found() const noexcept { return found_; }
  // What was wrong first with what an answer says; empty: nothing.
  const std::string& complaint() const noexcept { return complaint_; }

 private:
  struct request {
    std::int64_t begun = 0;
    std::uint64_t nth = 0;
    unsigned room = 0;
    unsigned publications = 0;  // 0: it is answered
  };
  struct lane {
    std::uint64_t begun = 0;
    unsigned open = 0;
    std::vector<request> ring;
    std::vector<std::uint64_t> last_place;  // by room
  };

  void check(lane& of, const request& asked, const answer& what);
  void complain(std::string why);

  const shape shape_;
  std::uint64_t mask_;
  std::vector<lane> lanes_;  // by connection
  std::uint64_t acknowledged_ = 0;
  std::uint64_t unanswered_ = 0;
  std::int64_t count_from_ = std::numeric_limits<std::int64_t>::max();
  violations found_;
  std::string complaint_;
  histogram latency_;
};

}  // namespace tidewire::load
