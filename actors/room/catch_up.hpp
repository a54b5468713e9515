// How subscribers come to the live edge of a room: a recovery from a position, or pages of state and what changed meanwhile. Each flow ends
// in an attach at the room's top S: everything up to S is in the reply, everything above S comes live, for the room sends the attach
// between the runs.
//
// One call is one command of the client; a map's snapshot takes several (PROTOCOL: map subscription phases state → stream → live).
// Pure: asks through room_port, is told through the on_… functions.
#pragma once

#include <cstdint>
#include <map>
#include <unordered_map>
#include <vector>

#include "actors/room/room_context.hpp"
#include "actors/room/room_tail.hpp"
#include "actors/room/shared_pages.hpp"

namespace tidewire {

class catch_up {
 public:
  catch_up(room_context& room, const room_tail& tail)
      : room_(room), tail_(tail), pages_(room), recoveries_held_(room.held[memory_part::pages]) {}

  void subscribe(const subscribe_request& request);

  void on_state(ticket which, result<storage::state_page> page);
  void on_stream(ticket which, result<storage::stream_page> page);
  // The room has told more: flows that saw newer state in storage may go on.
  void on_top_moved();

  // The lowest offset that page flows in progress will still want to read above; trimming spares it, within limits.
  std::uint64_t spared_from() const;
  void tick();
  void refuse_all(const failure& why);
  // Memory is short: what is kept for others goes.
  void ease() {
    pages_.ease();
    forget_recoveries();
  }
  // A client is between two pages, and counts on the history that it has yet to read.
  bool has_readers() const noexcept { return !paging_.empty(); }
  bool empty() const noexcept { return flows_.empty() && reads_.empty() && waiting_.empty(); }
  bool keeps_pages() const noexcept { return !pages_.empty() || !recoveries_.empty(); }

 private:
  // One command on its way.
  struct flow {
    subscribe_request request;
    bool map = false;
    bool recovering = false;       // came back with a position
    bool last_page = false;        // of state: may go live
    std::uint64_t frozen = 0;      // the state is as of here; the missed changes are above
    std::uint64_t reached = 0;     // missed changes are collected up to here
    std::uint64_t not_before = 0;  // goes live when the room's top is there: storage was ahead of it
    std::size_t rows_max = 0;      // of the page that answers
    std::size_t bytes = 0;         // collected
    protocol::state_rows state;
    std::string cursor;
    std::vector<publication_ptr> missed;
    std::optional<std::uint64_t> told;  // the position that the page before told, in this epoch
  };
  // A page that is being read, for all who want it.
  struct page_read {
    ticket which = 0;
    std::uint64_t at_least = 0;  // the room's top when it was asked for: the page is as of there or later
    std::vector<flow> wanted_by;
  };
  // What was missed since an offset, for others who come back from there before the room goes on.
  struct shared_recovery {
    std::uint64_t from = 0;
    bool map = false;
    protocol::publication_rows missed;
  };
  struct spared {
    std::uint64_t offset = 0;
    std::uint64_t not_before = 0;  // of the pages so far
    std::int64_t until_ms = 0;     // steady clock
    std::uint64_t told_bytes = 0;  // room_context::told_bytes when it was frozen
    std::string epoch;
  };

  void subscribe_stream(flow at);
  void subscribe_cached(flow at);
  void subscribe_map(flow at);
  void state_page(flow at);
  void read_page(flow at);
  void take_page(flow at, const shared_pages::page& page);
  bool is_near(std::uint64_t offset) const;
  bool caches() const noexcept;
  bool known(const flow& at) const;
  void collect(flow at);
  void finish(flow at);
  void answer_page(flow& at, protocol::subscribe_phase phase);
  void go_live(flow& at, bool recovered);
  void unrecovered(flow& at);
  std::size_t collected_max(const flow& at) const;
  protocol::publication_rows share_missed(flow& at);
  void forget_recoveries();

  room_context& room_;
  const room_tail& tail_;
  shared_pages pages_;
  std::map<shared_pages::name, page_read> reads_;  // waiting for a page
  std::map<ticket, flow> flows_;                   // waiting for the stream
  std::size_t paged_ = 0;                          // flows in there
  std::multimap<std::uint64_t, flow> waiting_;     // waiting for the top to reach that offset
  std::vector<shared_recovery> recoveries_;        // to the present top
  memory_charge recoveries_held_;
  std::unordered_map<session_id, spared> paging_;  // between two commands of a page flow
};

}  // namespace tidewire
