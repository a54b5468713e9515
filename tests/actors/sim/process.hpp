// One life of the simulated server: what all its actors share, and who holds which role now. Like engine.hpp, without CAF.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/untold.hpp"
#include "schemas/memory_account.hpp"
#include "schemas/options.hpp"
#include "tests/actors/sim/answers.hpp"
#include "tests/actors/sim/disk.hpp"
#include "tests/actors/sim/faults.hpp"
#include "tests/actors/sim/post_office.hpp"
#include "tests/actors/sim/truth.hpp"

namespace tidewire::test {

class part;
class broadcaster_part;
class connection;
class directory_part;
class entity_part;
class journal_part;
class lifecycle_part;
class presence_part;
class reader_part;
class room_part;
class rooms_part;
class writer_part;

// What a history does not end with its processes.
struct surroundings {
  chance& by;
  post_office& office;
  const server_options& options;
  sim_faults& faults;
  truth& known;
  std::uint64_t epochs = 0;    // made so far
  std::uint64_t requests = 0;  // the numbers of attempts
  std::uint64_t expired = 0;   // keys
  std::uint64_t resumed = 0;   // slow subscriptions
  std::uint64_t resynchronised = 0;
};

struct process {
  surroundings& around;
  sim_disk& disk;
  sim_disk& memory;
  untold under_way{};
  memory_account held{};
  std::uint64_t numbers = 0;
  std::uint64_t broadcaster_start = 0;
  std::string run{};          // this life's name
  bool start_told = false;    // in the room $sys
  std::vector<address> io{};  // I/O threads
  address gateway = 0;

  // Whoever holds the role now; null: nobody.
  writer_part* writer = nullptr;
  journal_part* journal = nullptr;
  journal_part* memory_journal = nullptr;
  std::vector<reader_part*> readers{};
  directory_part* directory = nullptr;
  rooms_part* rooms = nullptr;
  broadcaster_part* broadcaster = nullptr;
  presence_part* presence = nullptr;
  lifecycle_part* lifecycle = nullptr;
  std::map<std::uint64_t, connection*> connections{};  // open ones
  std::map<address, entity_part*> entities{};

  std::function<void(std::uint64_t)> end_session{};

  post_office& office() const noexcept { return around.office; }
  const server_options& options() const noexcept { return around.options; }
  const limits& limit() const noexcept { return around.options.limit; }
  std::uint64_t next_number() noexcept { return ++numbers; }
  const storage::store& store_of(const namespace_options& kept) const noexcept { return kept.kept == durability::memory ? memory : disk; }
  journal_part* journal_of(const namespace_options& kept) const noexcept {
    return kept.kept == durability::memory ? memory_journal : journal;
  }
  reader_part* reader_of(std::string_view room) const {
    std::size_t sum = 0;
    for (const char c : room) sum += static_cast<unsigned char>(c);
    return readers[sum % readers.size()];
  }
};

// An actor: its state lives in a derived class and goes first, then its mailbox.
class part {
 public:
  part(process& in, const std::size_t* crash_odds) : in_(in), me_(in.office().open(crash_odds)) {}
  virtual ~part() { in_.office().close(me_); }
  part(const part&) = delete;
  part& operator=(const part&) = delete;

  address me() const noexcept { return me_; }

 protected:
  post_office& office() const noexcept { return in_.office(); }
  const limits& limit() const noexcept { return in_.limit(); }
  chance& by() const noexcept { return in_.around.by; }

  // To that actor, if there is one; else the letter is lost, and the replies in it say so.
  template <class Part, class Letter>
  void mail(Part* to, Letter what) const {
    in_.office().may_throw(me_);
    if (to) in_.office().post(to->me(), [to, what = std::move(what)]() mutable { what(*to); });
  }
  // The answer comes to Part::hear.
  template <class T, class Part, class Hear>
  reply_ptr<T> answer_to(Part* self, ticket which, Hear hear) const {
    return mail_reply<T>(in_.office(), self->me(), [self, which, hear](result<T> outcome) { hear(*self, which, std::move(outcome)); });
  }

  process& in_;

 private:
  const address me_;
};

}  // namespace tidewire::test
