// The order of a room. Every publish takes a slot in order of arrival; its operations are proposed by the entities they touch, one slot
// at a time per key; slots leave in order. A slot holds its keys until it has left, so every proposal stands on the one before it.
//
//   push → [idempotency looked up] → [keys held: entity loaded, change proposed] → take_ready, in order of arrival
//
// Pure: asks through room_port, is told through the on_… functions.
#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/room/room_context.hpp"

namespace tidewire {

// What a request holds while it is on its way.
std::size_t size_of(const publish_request& request);

class change_queue {
 public:
  // A request that killed an entity is tried once more, on an entity that has just started.
  static constexpr std::uint32_t tries_max = 2;

  explicit change_queue(room_context& room) : room_(room), entities_(room.held[memory_part::live]) {}

  // One operation of a slot and what became of it.
  struct step {
    const operation* what = nullptr;      // of the slot's request
    std::optional<proposal> proposed;     // to be given an offset
    std::optional<change_done> replayed;  // it was applied before; this was the answer
  };
  struct ready_slot {
    publish_request_ptr request;
    std::optional<failure> failed;         // nothing of it applies
    std::unique_ptr<crash_report> killed;  // an entity, tries_max times: it goes to the quarantine
    std::vector<step> steps;               // in order of the operations
    std::size_t bytes = 0;                 // of the request
  };

  // Refuses at once what cannot even wait; otherwise the request is answered when its slot has left.
  void push(publish_request_ptr request);
  // The slot whose turn it is, if it is decided. Its keys are still held: accept() what it made of them, then release().
  std::optional<ready_slot> take_ready();
  // The newest document of a key, uncommitted: what its entity is now. Null: removed.
  void accept(const std::string& key, std::uint64_t offset, entity_ptr document);
  // When the entity would expire that a change replaces; 0: never, or there is none.
  std::int64_t expiry_before(const std::string& key, const proposal& made) const;
  void release(const ready_slot& left);
  // Everything up to that offset is stored: the overlay may forget it.
  void on_committed(std::uint64_t offset);
  // The answer has been given or refused: the id may come again.
  void forget(const operation& what);

  void on_dedupe(ticket which, result<std::optional<storage::dedupe_record>> found);
  void on_loaded(ticket which, result<std::optional<entity_document>> loaded);
  void on_proposal(ticket which, result<proposal> proposed);
  void on_entity_gone(const std::string& key, crash_report died_of);

  // Refuses everything on its way, forgets overlay and entities: the room starts again from what is stored.
  void refuse_all(const failure& why);
  void tick();
  // Memory is short: a quarter of what is not at work leaves, the oldest first; all of that if `whole`.
  void ease(bool whole);

  bool empty() const noexcept { return slots_.empty() && overlay_.empty(); }
  bool waits_for_reader() const noexcept { return reads_ > 0; }
  std::size_t live_entities() const noexcept { return live_.size(); }

 private:
  struct slot {
    publish_request_ptr request;
    std::vector<step> steps;
    std::int64_t arrived_ms = 0;     // steady clock, as all times here
    std::size_t bytes = 0;           // of the request
    std::size_t proposed_bytes = 0;  // of the proposals
    std::size_t lookups = 0;         // idempotency answers still to come
    std::size_t undecided = 0;       // steps still to be proposed
    std::optional<failure> failed;
    std::uint32_t deaths = 0;  // of entities, by this request
    std::unique_ptr<crash_report> killed;
    bool done() const noexcept { return failed.has_value() || (lookups == 0 && undecided == 0); }
  };
  using slot_number = std::uint64_t;
  struct line {
    std::deque<slot_number> waiting;        // the front holds the key
    bool live = false;                      // its entity is running
    bool busy = false;                      // a load or an apply is on its way
    bool fresh = false;                     // it was started for the change that is next
    std::list<std::string>::iterator idle;  // place in live_, when live
    std::unique_ptr<crash_report> died_of;  // its entity, at the work that is still busy
    std::int64_t used_ms = 0;
    std::size_t bytes = 0;  // of its entity, as charged
  };
  struct pending {
    enum class kind : std::uint8_t { dedupe, load, apply } what;
    slot_number slot = 0;
    std::size_t step = 0;
    std::string key;
  };
  struct overlaid {
    std::uint64_t offset = 0;
    entity_ptr document;
  };

  slot* find(slot_number number);
  static failure blame(const slot& at, std::size_t step, failure why);
  void give_up(slot_number number, failure why);
  static void replay(slot& at, std::size_t first, const storage::dedupe_record& answer);
  void try_again(slot_number number, crash_report died_of);
  void advance(const std::string& key);
  void propose(slot& of, step& made, proposal what);
  void ask_entity(const std::string& key, slot_number number, std::size_t step_index);
  void start_entity(const std::string& key, line& at, entity_ptr document);
  void charge(line& at, const std::string& key, const entity_ptr& document);
  void make_room();
  void stop_idle_entities(std::int64_t before_ms, std::size_t count_max);
  void forget_entity(line& at);
  std::optional<pending> take(ticket which, pending::kind expected);

  room_context& room_;
  std::deque<slot> slots_;
  slot_number front_ = 1;  // number of slots_.front()
  std::size_t bytes_ = 0;
  std::unordered_map<std::string, line> lines_;
  std::list<std::string> live_;  // keys with a running entity, least recently used first
  memory_charge entities_;       // these, with their documents
  std::map<ticket, pending> asked_;
  std::size_t reads_ = 0;  // of these, asked of a reader
  std::unordered_map<std::string, overlaid> overlay_;
  std::deque<std::pair<std::uint64_t, std::string>> overlay_order_;  // offset → key, for on_committed
  std::unordered_map<std::string, std::string> in_flight_;           // scope NUL id → fingerprint
};

}  // namespace tidewire
