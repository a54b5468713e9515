// Who is subscribed to one room, sorted into audiences: members of an audience need the very same bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "actors/fanout/held_changes.hpp"
#include "actors/fanout/member_list.hpp"
#include "actors/messages.hpp"
#include "schemas/protocol/dialect.hpp"

namespace tidewire {

// How messages become bytes.
struct encoding {
  protocol::dialect dialect = protocol::dialect::json;
  framing form = framing::websocket;
  bool by_number = false;  // pushes say the number of the channel instead of its name (channel compaction)

  bool operator==(const encoding&) const = default;
};

inline encoding encoding_of(const subscriber& who, bool by_number) noexcept { return {who.dialect, who.out->form(), by_number}; }

struct audience {
  protocol::view_ptr through;
  encoding as;
  std::vector<member_list> by_thread;  // index: I/O thread
  publication_ptr last;                // of a stream with deltas: what it was shown last
  std::unique_ptr<held_changes> held;  // of a view with a rate

  std::size_t size() const noexcept;
  // Nothing lies between it and who comes now.
  bool joinable() const noexcept { return !last && (!held || held->empty()); }
};

// All audiences of one room. A session is in one of them at most.
class room_audience {
 public:
  // `audiences_max`: so many different views.
  room_audience(std::size_t io_threads, std::size_t audiences_max) : io_threads_(io_threads), audiences_max_(audiences_max) {}

  bool empty() const noexcept { return places_.empty(); }
  std::size_t size() const noexcept { return places_.size(); }
  bool contains(session_id session) const { return places_.contains(session); }
  // Some may have no members at the moment.
  const std::vector<audience>& audiences() const noexcept { return audiences_; }
  audience& at(std::size_t index) noexcept { return audiences_[index]; }
  // What it was shown last. Audiences of one view that were shown the same, and hold nothing, become one.
  void shown(std::size_t index, publication_ptr last);

  // Whether there is an audience for that view, or room for one more.
  bool takes(const protocol::view& through, encoding as) const;
  // REQUIRES: !contains(who->session), takes(). `subscription` tells it from an earlier one of the same session.
  void add(subscriber_ptr who, const protocol::view_ptr& through, encoding as, std::uint32_t subscription);
  // REQUIRES: contains(session).
  encoding encoding_of(session_id session) const { return audiences_[places_.at(session).audience].as; }
  bool contains(session_id session, std::uint32_t subscription) const;
  // Who it was; null: there is no such member. Does not depend on the number of members.
  subscriber_ptr remove(session_id session);
  // The sessions of whom that is true.
  template <class Condition>
  std::vector<session_id> find_if(Condition condition) const {
    std::vector<session_id> chosen;
    for_each([&](const subscriber& who) {
      if (condition(who)) chosen.push_back(who.session);
    });
    return chosen;
  }
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
    std::uint32_t audience = 0;
    std::uint32_t thread = 0;
    std::uint32_t position = 0;
    std::uint32_t subscription = 0;
  };

  static bool alike(const audience& each, const protocol::view& through, encoding as);
  std::optional<std::size_t> find_joinable(const protocol::view& through, encoding as) const;
  std::optional<std::size_t> place_for_another() const;
  std::size_t find_or_make(const protocol::view_ptr& through, encoding as);
  void move_members(std::size_t from, std::size_t to);
  void put(subscriber_ptr who, std::size_t index, std::uint32_t subscription);

  std::size_t io_threads_;
  std::size_t audiences_max_;
  std::vector<audience> audiences_;
  std::unordered_map<session_id, place> places_;
};

}  // namespace tidewire
