// The keeper of presence without its actor: writes down who is subscribed where, in rooms of their own (schemas/presence.hpp), and has what
// is written follow what is. One change of an entry is under way at a time; what fails is tried again.
//
// The broadcaster tells who comes and goes. What an earlier process, or an earlier broadcaster, has left written down is given
// the key_ttl of the namespace for presence to come back, and is then removed: nobody stays as a ghost. A user goes so long after the last
// connection, so that one who comes back at once was never away.
//
// An earlier keeper of this process may have died with changes under way, which are still to happen: what is found written down may yet be
// removed, so whoever comes back is written down again; and what is written down after the first look is found by a second one.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/presence/presence_port.hpp"
#include "schemas/presence.hpp"

namespace tidewire {

class presence_state {
 public:
  // `options` and `port` outlive the state.
  presence_state(const server_options& options, presence_port& port) : options_(options), port_(port) {}

  // Looks what an earlier process has written down.
  void start();
  void handle(const presence_news& news);
  void on_published(ticket which, const result<published>& outcome);
  void on_states(ticket which, result<storage::states_page> page);
  void tick();

  std::size_t size() const noexcept { return entries_.size(); }

 private:
  static constexpr auto never = std::numeric_limits<std::int64_t>::max();
  static constexpr std::size_t writes_max = 256;  // under way
  static constexpr std::uint32_t retry_ms = 1'000;
  static constexpr std::uint32_t ttl_default_s = 60;

  struct entry {
    std::set<std::string> clients;  // who is here, by connection
    std::string room;               // of which they are subscribers
    std::string document;
    client_info who;
    std::int64_t until_ms = 0;  // without anybody here: when it goes
    bool stored = false;
    bool writing = false;
    bool unsure = false;       // `stored` may be wrong: the last write failed, or was that of an earlier keeper
    bool unconfirmed = false;  // from an earlier process or broadcaster
  };
  // One namespace whose rooms are looked through.
  struct scan {
    std::string prefix;
    std::string after_room;
    std::string after_key;
    bool again = false;  // the second look
  };
  using place_and_entry = std::map<presence_place, entry>::value_type;

  void forget_broadcaster(std::uint64_t start);
  void come(const presence_place& place, const presence_news& news);
  void go(const presence_place& place, const presence_news& news);
  void adopt(const std::string& room, const entity_document& row);
  void linger(place_and_entry& at, std::int64_t until_ms);
  // Has what is stored follow what is; the entry may be gone afterwards.
  void settle(const presence_place& place);
  void write(place_and_entry& at, bool present);
  void read_on();
  void look_again(const std::string& prefix);
  std::int64_t ttl_ms(const std::string& room) const;
  void ensure_tick(std::int64_t due_ms);

  const server_options& options_;
  presence_port& port_;
  std::uint64_t broadcaster_start_ = 0;
  std::map<presence_place, entry> entries_;
  std::unordered_map<ticket, std::pair<presence_place, std::string>> writes_;  // and what is there afterwards; empty: nothing
  std::deque<presence_place> waiting_;                                         // for another write to end
  std::multimap<std::int64_t, presence_place> due_;                            // what goes, or is tried again
  std::deque<scan> scans_;
  std::multimap<std::int64_t, std::string> looks_;  // prefixes to be looked through again, and when
  std::set<presence_place> gone_;                   // removed while a page is read: it may have them
  ticket scanning_ = 0;                             // 0: not
  ticket last_ticket_ = 0;
  std::int64_t tick_due_ms_ = never;
};

}  // namespace tidewire
