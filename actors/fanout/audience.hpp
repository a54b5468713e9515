// Who is subscribed to one room, sorted into audiences: members of an audience need the very same bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "actors/fanout/member_list.hpp"
#include "actors/messages.hpp"
#include "schemas/protocol/dialect.hpp"

namespace tidewire {

struct audience {
  protocol::subscription_type type = protocol::subscription_type::stream;
  protocol::dialect dialect = protocol::dialect::json;
  std::vector<member_list> by_thread;  // index: I/O thread

  std::size_t size() const noexcept;
};

// All audiences of one room. A session is in one of them at most.
class room_audience {
 public:
  explicit room_audience(std::size_t io_threads) : io_threads_(io_threads) {}

  bool empty() const noexcept { return places_.empty(); }
  std::size_t size() const noexcept { return places_.size(); }
  bool contains(session_id session) const { return places_.contains(session); }
  // Some may have no members at the moment.
  const std::vector<audience>& audiences() const noexcept { return audiences_; }

  // REQUIRES: !contains(who->session).
  void add(subscriber_ptr who, protocol::subscription_type type);
  // False: there is no such member. Does not depend on the number of members.
  bool remove(session_id session);
  // Removes the members whose connection is over; returns how many.
  std::size_t remove_closed();
  void clear();

  // Calls visit(const subscriber&) for each member.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const auto& each : audiences_) {
      for (const auto& list : each.by_thread) {
        for (std::size_t i = 0; i < list.size(); ++i) visit(list[i]);
      }
    }
  }

 private:
  struct place {
    std::size_t audience = 0;
    std::size_t thread = 0;
    std::size_t position = 0;
  };

  std::size_t find_or_make(protocol::subscription_type type, protocol::dialect dialect);

  std::size_t io_threads_;
  std::vector<audience> audiences_;
  std::unordered_map<session_id, place> places_;
};

}  // namespace tidewire
