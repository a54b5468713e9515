// Mail between simulated actors, virtual time, and the chance that says what happens next. A mailbox is read in the order in which its
// letters came, as CAF's are. Which actor runs next is open; some are faster than others, for a whole history. In half of the histories
// actors run at the same time, as they do on several threads: what one sends while it handles a letter is sent piece by piece, and what
// others send comes between.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tests/actors/sim/chance.hpp"

namespace tidewire::test {

using address = std::uint64_t;  // of one life of an actor, never used again; 0: nobody

// Thrown amid a handler: its actor dies of it, as of any exception.
struct injected_crash {};

class post_office {
 public:
  using letter = std::function<void()>;

  explicit post_office(chance& by) : by_(by), concurrent_(by.one_in(2)) {}

  // A new mailbox. Its owner dies of one letter in so many (0 or null: of none): on_crash().
  address open(const std::size_t* crash_odds = nullptr);
  // What lies there is lost, and so is all that comes later.
  void close(address of);

  // From whoever is running now.
  void post(address to, letter what);
  void wake(address to, std::int64_t in_ms, letter what);
  // Between two steps of its handler: where a chosen one dies amid its work.
  void may_throw(address of);

  // One handler runs, or one of its letters gets on its way; false: there is nothing to do.
  bool step();
  void pass(std::int64_t ms);
  std::int64_t now_ms() const noexcept { return now_ms_; }
  // The end of the world: nothing is posted any more, and what lies there goes without being read.
  void shut();

  std::function<void(address)> on_crash;
  std::uint64_t delivered = 0;

 private:
  struct posted {
    address to = 0;
    letter what;
  };
  struct mailbox {
    address of = 0;
    std::size_t haste = 1;
    const std::size_t* crash_odds = nullptr;
    std::size_t busy_at = 0;  // in busy_
    bool busy = false;
    std::size_t head = 0;  // of its letters
    std::vector<letter> letters;
    std::size_t sent = 0;  // of these
    std::vector<posted> sending;
  };

  void put(address to, letter what);
  void run(mailbox& at);
  void send(mailbox& from, std::size_t count);
  void note_busy(mailbox& at);
  void fire_timers();

  chance& by_;
  const bool concurrent_;
  std::int64_t now_ms_ = 1'000'000;
  address last_ = 0;
  address running_ = 0;
  mailbox* sender_ = nullptr;  // what is posted now goes through there; null: at once
  bool shut_ = false;
  int steps_left_ = -1;  // until the handler that runs dies; below 0: it does not
  std::unordered_map<address, mailbox> boxes_;
  std::vector<mailbox*> busy_;
  std::multimap<std::int64_t, posted> timers_;
};

}  // namespace tidewire::test
