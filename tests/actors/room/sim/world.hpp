// Everything around one room, simulated: mailboxes whose mail is delivered in any order that keeps each sender's own, a clock, a journal, a
// reader, a broadcaster and entities that fail on their own account. The room is the real room_state, the entities apply changes by
// the real schemas/apply, and a room, a journal or a broadcaster that dies loses its mail as actors do.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "actors/room/room_state.hpp"
#include "tests/actors/room/sim/chance.hpp"
#include "tests/actors/room/sim/ledger.hpp"
#include "tests/support/faulty_store.hpp"

namespace tidewire::test {

inline constexpr std::size_t operations_max = 5;  // of one request

// What a subscriber hears from the broadcaster.
class sim_listener {
 public:
  virtual ~sim_listener() = default;
  virtual void on_live(const protocol::subscribe_result& reply, std::uint64_t from) = 0;
  virtual void on_push(const publication& told) = 0;
  virtual bool slow() const = 0;  // takes nothing, and misses it
  virtual void on_resumed(const std::vector<change>& missed, std::uint64_t up_to) = 0;
  virtual void on_lost() = 0;  // the subscription is over: come again
};

// Answers once; forgotten, it says errc::unavailable.
template <class T>
class sim_reply final : public reply<T> {
 public:
  explicit sim_reply(std::function<void(result<T>)> then) : then_(std::move(then)) {}
  ~sim_reply() override { answer(fail(errc::unavailable)); }
  void answer(result<T> outcome) override {
    if (const auto then = std::exchange(then_, nullptr)) then(std::move(outcome));
  }

 private:
  std::function<void(result<T>)> then_;
};

// How often a fault strikes: one in so many occasions, 0: never.
struct sim_faults {
  std::size_t write = 0;
  std::size_t disk = 0;  // stays broken for a while
  std::size_t read = 0;
  std::size_t entity = 0;
  std::size_t journal = 0;
  std::size_t broadcaster = 0;
  std::size_t room = 0;
};

class sim_world final : private room_port {
 public:
  enum mailbox : std::uint8_t {
    clients_to_room,
    room_to_journal,
    journal_to_room,
    room_to_reader,
    reader_to_room,
    room_to_broadcaster,
    broadcaster_to_room,
    room_to_entities,  // and two more, for entities apart
    entities_to_room = room_to_entities + 3,
    entities_down,
    room_to_itself,
    mailboxes,
  };

  sim_world(chance& by, const limits& limit, namespace_options options);
  ~sim_world() override;

  // Clients.
  void publish(publish_request request);
  void subscribe(subscribe_request request);
  void listen(session_id session, sim_listener* listener);
  void leave(session_id session);
  // Takes again; what it missed is asked for, if that is not under way.
  void resume(session_id session);
  bool misses(session_id session) const;

  // Delivers one letter, or moves time to the next tick. False: nothing is on its way, and only time can pass.
  bool step();
  void pass(std::int64_t ms) { clock_ms_ += ms; }
  void strike();  // perhaps a fault of a part that dies by itself
  void calm();    // no more faults
  void finish();  // nothing is on its way: the store has what the ledger has, and the room retires in time

  const ledger& truth() const { return ledger_; }
  ledger& truth() { return ledger_; }
  const storage::store& store() const { return disk_; }
  std::int64_t clock_ms() const { return clock_ms_; }
  std::uint64_t trimmed_to() const { return trim_asked_; }
  sim_faults faults;

 private:
  struct member {
    sim_listener* listener = nullptr;
    bool map = false;
    std::uint64_t from = 0;
    std::optional<std::uint64_t> missed_after = std::nullopt;
    bool asked = false;  // for what it missed
  };
  struct room_entity {
    std::uint64_t id = 0;
    std::string key;
  };

  void post(std::size_t to, std::function<void()> letter);
  void deliver(std::size_t from);
  template <class T, class Hear>
  reply_ptr<T> mail_reply(std::size_t by, Hear hear);
  template <class Hear>
  void to_room(std::size_t by, Hear hear);

  void start_room();
  void crash_room();
  void retire_if_idle();
  void tick_if_due();
  void check_bounds() const;

  void journal_open(generation since, const reply_ptr<storage::room_record>& reply);
  void journal_append(const append_request_ptr& request);
  void journal_flush();
  void restart_journal();

  void tell_members(const std::vector<change>& run);
  void attach_member(const tidewire::attach& wanted);
  void resume_member(const tidewire::resume& ready);
  void end_subscriptions();
  void restart_broadcaster();

  void entity_apply(std::uint64_t id, const std::string& key, const apply_change& change);
  static std::size_t mailbox_of(std::uint64_t entity) { return room_to_entities + entity % 3; }

  // room_port.
  std::int64_t now_ms() const override { return clock_ms_; }
  std::int64_t steady_ms() const override { return clock_ms_; }
  std::string new_epoch() override { return "epoch-" + std::to_string(++epochs_); }
  generation next_generation() override { return ++generations_; }
  void tick_after(std::uint32_t ms) override { ticks_.insert(clock_ms_ + ms); }
  void flush_soon() override;
  void start_entity(const std::string& key, entity_ptr document) override;
  void apply(const std::string& key, ticket which, apply_change change) override;
  void accept(const std::string& key, entity_ptr document) override;
  void stop_entity(const std::string& key) override;
  void stop_entities() override;
  void set_aside(publish_request_ptr request, std::uint32_t tries, crash_report died_of) override;
  void open(ticket which, generation since) override;
  void append(ticket which, generation of, storage::append changes) override;
  void trim(std::uint64_t first) override;
  void load(ticket which, const std::string& key) override;
  void find_dedupe(ticket which, const idempotency& once) override;
  void read_state(ticket which, const std::string& after, storage::page_limit limit) override;
  void read_stream(ticket which, std::uint64_t after, storage::page_limit limit) override;
  void find_first_after(ticket which, std::int64_t time_ms) override;
  void ask_told(ticket which) override;
  void tell(std::vector<change> news) override;
  void attach(tidewire::attach subscription) override;
  void resume(tidewire::resume ready) override;
  void reset_audience() override;

  template <class T, class Read, class Hear>
  void ask_reader(ticket which, Read read, Hear hear);

  chance& by_;
  const limits& limit_;
  const namespace_options options_;
  faulty_store disk_{storage::make_memory_store()};
  ledger ledger_;

  std::int64_t clock_ms_ = 1'000'000;
  std::array<std::deque<std::function<void()>>, mailboxes> mail_;
  std::array<std::size_t, mailboxes> haste_{};
  bool closing_ = false;

  std::unique_ptr<room_state> room_;
  std::uint64_t incarnation_ = 0;
  generation generation_ = 0;
  std::multiset<std::int64_t> ticks_;
  std::uint64_t epochs_ = 0;
  generation generations_ = 0;
  std::size_t unanswered_ = 0;  // publish requests that a room has taken
  std::size_t held_ = 0;        // of these, by the present one
  std::uint64_t trim_asked_ = 1;

  std::map<std::string, std::uint64_t> entities_;  // as the room knows them
  std::map<std::uint64_t, entity_ptr> documents_;  // of the running ones
  std::uint64_t entity_ids_ = 0;

  generation opened_ = 0;  // 0: not
  std::vector<append_request_ptr> waiting_;
  bool journal_broken_ = false;
  std::uint64_t journal_start_ = 0;

  std::map<session_id, sim_listener*> listeners_;
  std::map<session_id, member> members_;
  std::uint64_t told_ = 0;  // to the members, when there are any
};

}  // namespace tidewire::test
