#include "actors/store/journal.hpp"

#include <map>

#include "actors/store/writer.hpp"
#include "storage/reads_through.hpp"
#include "tests/actors/store/stage.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/faulty_store.hpp"

using namespace tidewire;
using namespace tidewire::test;
using namespace std::chrono_literals;

namespace {

struct scene : store_stage {
  explicit scene(std::size_t batch_bytes_max = limits{}.journal_batch_bytes_max) { bounds.journal_batch_bytes_max = batch_bytes_max; }

  void open(ticket which, const std::string& room, generation since) {
    caf::anon_send(writer, std::make_shared<const open_room>(open_room{room, since, reply<storage::room_record>(which)}));
  }
  void append(ticket which, generation of, storage::append what) {
    caf::anon_send(writer, std::make_shared<append_request>(append_request{of, std::move(what), reply<committed>(which)}));
  }
  void close(const std::string& room, generation of) { caf::anon_send(writer, close_room{room, of}); }
  void forget(ticket which, const std::string& room, std::uint64_t top) {
    caf::anon_send(writer, forget_room{room, "e", top, reply<forgotten>(which)});
  }
  // Opens the room for that generation and forgets the answer.
  void opened(const std::string& room, generation since) {
    open(0, room, since);
    hear();
  }
  std::uint64_t top(const std::string& room) {
    const auto record = kept.room(room).value();
    return record ? record->top : 0;
  }

  faulty_store kept{storage::make_memory_store()};
  limits bounds;
  journal_actor writer = on.spawn<journal>(kept, bounds);
};

storage::append keyed_changes(const std::string& room, std::size_t count) {
  auto made = changes(room, 1, count);
  for (auto& each : made.publications) {
    auto keyed = *each;
    keyed.key = std::to_string(keyed.offset);
    each = std::make_shared<const publication>(std::move(keyed));
  }
  return made;
}

}  // namespace

TEST_CASE("a room opens, then writes") {
  scene s;
  s.open(1, "a", 1);
  CHECK(s.hear() == lines{"1: unknown"});
  s.append(2, 1, changes("a", 1, 3));
  CHECK(s.hear() == lines{"2: committed 3"});
  s.open(3, "a", 2);
  CHECK(s.hear() == lines{"3: e 3"});
}

TEST_CASE("a journal that follows one that died behind a failed write reopens the store before it answers") {
  scene s;
  s.opened("a", 1);
  s.kept.fail_write(1, write_fault::lose_answer);
  s.append(1, 1, changes("a", 1));
  s.hear();
  const auto reopens = s.kept.reopens();
  s.writer = s.on.spawn<journal>(s.kept, s.bounds);
  s.open(2, "a", 2);
  CHECK(s.hear() == lines{"2: e 1"});
  CHECK(s.kept.reopens() == reopens + 1);
  s.append(3, 2, changes("a", 2));
  CHECK(s.hear() == lines{"3: committed 2"});
}

TEST_CASE("a room that is open, or has changed since it was looked at, is not forgotten") {
  scene s;
  s.opened("a", 1);
  s.append(1, 1, changes("a", 1, 3));
  s.hear();
  s.forget(2, "a", 3);
  CHECK(s.hear() == lines{"2: conflict"});
  s.close("a", 1);
  s.forget(3, "a", 2);
  CHECK(s.hear() == lines{"3: conflict"});
  s.forget(4, "a", 3);
  CHECK(s.hear() == lines{"4: forgotten"});
  s.forget(5, "a", 3);
  CHECK(s.hear() == lines{"5: conflict"});
}

TEST_CASE("a change that comes before the wish to forget its room keeps it, however close they are") {
  scene s;
  s.opened("a", 1);
  s.append(1, 1, changes("a", 1, 3));
  s.close("a", 1);
  s.hear();
  s.open(2, "a", 2);
  s.append(3, 2, changes("a", 4));
  s.close("a", 2);
  s.forget(4, "a", 3);
  CHECK(s.hear() == lines{"2: e 3", "3: committed 4", "4: conflict"});
  CHECK(s.top("a") == 4);
}

TEST_CASE("a room opens again when nothing is left of what was forgotten") {
  scene s;
  s.opened("a", 1);
  s.append(1, 1, keyed_changes("a", 2'500));
  s.close("a", 1);
  s.forget(2, "a", 2'500);
  s.open(3, "a", 2);
  s.append(4, 2, changes("a", 1));
  s.forget(5, "a", 2'500);
  s.open(6, "a", 3);
  CHECK(s.hear() ==
        lines{"1: committed 2500", "2: some is left", "3: unavailable", "4: storage-refused", "5: some is left", "6: unavailable"});
  s.forget(7, "a", 2'500);
  s.open(8, "a", 4);
  s.append(9, 4, changes("a", 1));
  CHECK(s.hear() == lines{"7: forgotten", "8: unknown", "9: committed 1"});
}

TEST_CASE("who is not the room itself trims it only while it is closed") {
  scene s;
  s.opened("a", 1);
  s.append(1, 1, changes("a", 1, 3));
  caf::anon_send(s.writer, trim_room{"a", 3, true});
  s.hear();
  CHECK(s.kept.room("a").value()->first == 1);
  s.close("a", 1);
  caf::anon_send(s.writer, trim_room{"a", 3, true});
  s.hear();
  CHECK(s.kept.room("a").value()->first == 3);
}

TEST_CASE("everything that waits in the mailbox is one write, answered in order") {
  scene s;
  s.opened("a", 1);
  s.opened("b", 2);
  s.append(1, 1, changes("a", 1));
  s.append(2, 2, changes("b", 1, 2));
  s.append(3, 1, changes("a", 2));
  CHECK(s.hear() == lines{"1: committed 1", "2: committed 2", "3: committed 2"});
  CHECK(s.kept.writes() == 1);
  s.append(4, 1, changes("a", 3));
  CHECK(s.hear() == lines{"4: committed 3"});
  CHECK(s.kept.writes() == 2);
}

TEST_CASE("a batch that has grown large is written before more is gathered") {
  scene s(1);
  s.opened("a", 1);
  for (std::uint64_t offset = 1; offset <= 3; ++offset) s.append(offset, 1, changes("a", offset));
  CHECK(s.hear() == lines{"1: committed 1", "2: committed 2", "3: committed 3"});
  CHECK(s.kept.writes() == 3);
}

TEST_CASE("who has not opened may not write") {
  scene s;
  s.append(1, 1, changes("a", 1));
  CHECK(s.hear() == lines{"1: storage-refused"});
  CHECK(s.top("a") == 0);
}

TEST_CASE("an older generation is refused, the younger goes on") {
  scene s;
  s.opened("a", 1);
  s.opened("a", 2);
  s.append(1, 1, changes("a", 1));
  s.append(2, 2, changes("a", 1));
  s.open(3, "a", 1);  // comes late: it is told, but may not write
  s.append(4, 1, changes("a", 2));
  s.append(5, 2, changes("a", 2));
  CHECK(s.hear() == lines{"1: storage-refused", "2: committed 1", "3: e 1", "4: storage-refused", "5: committed 2"});
}

TEST_CASE("opening answers after everything that was said earlier") {
  scene s;
  s.opened("a", 1);
  s.append(1, 1, changes("a", 1));
  s.open(2, "a", 2);
  s.append(3, 2, changes("a", 2));
  CHECK(s.hear() == lines{"1: committed 1", "2: e 1", "3: committed 2"});
  CHECK(s.kept.writes() == 2);
}

TEST_CASE("a failed write refuses its batch and all that follows, until the rooms open again") {
  scene s;
  s.opened("a", 1);
  s.opened("b", 2);
  s.kept.fail_write(1, write_fault::refuse);
  s.append(1, 1, changes("a", 1));
  CHECK(s.hear() == lines{"1: storage-refused"});
  s.append(2, 1, changes("a", 2));
  s.append(3, 2, changes("b", 1));
  CHECK(s.hear() == lines{"2: storage-refused", "3: storage-refused"});
  CHECK(s.kept.writes() == 1);  // the others were not even tried
  CHECK(s.kept.reopens() == 0);
  s.open(4, "a", 3);
  s.append(5, 1, changes("a", 1));  // of the generation that was refused
  s.append(6, 3, changes("a", 1));
  s.append(7, 2, changes("b", 1));  // was refused once: has to open again too
  CHECK(s.hear() == lines{"4: unknown", "5: storage-refused", "7: storage-refused", "6: committed 1"});
  CHECK(s.kept.reopens() == 1);
  CHECK(s.top("b") == 0);
  s.open(8, "b", 4);
  s.append(9, 4, changes("b", 1));
  CHECK(s.hear() == lines{"8: unknown", "9: committed 1"});
  CHECK(s.kept.reopens() == 1);
}

TEST_CASE("all appends of a batch that failed are refused, and so is the generation of each") {
  scene s;
  s.opened("a", 1);
  s.opened("b", 2);
  s.kept.fail_write(1, write_fault::refuse);
  s.append(1, 1, changes("a", 1));
  s.append(2, 2, changes("b", 1));
  s.open(3, "a", 3);  // mends the storage
  s.append(4, 2, changes("b", 1));
  CHECK(s.hear() == lines{"1: storage-refused", "2: storage-refused", "3: unknown", "4: storage-refused"});
}

TEST_CASE("what was written although its answer was lost is there when the room opens again") {
  scene s;
  s.opened("a", 1);
  s.kept.fail_write(1, write_fault::lose_answer);
  s.append(1, 1, changes("a", 1, 2));
  s.open(2, "a", 2);
  CHECK(s.hear() == lines{"1: storage-refused", "2: e 2"});
}

TEST_CASE("while the disk is broken no room opens; when it is repaired they do") {
  scene s;
  s.opened("a", 1);
  s.kept.break_disk();
  s.append(1, 1, changes("a", 1));
  s.open(2, "a", 2);
  s.append(3, 2, changes("a", 1));
  CHECK(s.hear() == lines{"1: storage-refused", "2: storage-refused", "3: storage-refused"});
  s.kept.repair();
  s.open(4, "a", 3);
  CHECK(s.hear() == lines{"4: storage-refused"});  // it is tried once a second
  s.on.advance(1s);
  s.open(5, "a", 4);
  s.append(6, 4, changes("a", 1));
  CHECK(s.hear() == lines{"5: unknown", "6: committed 1"});
}

TEST_CASE("an append that breaks the rules of the store is refused like a failed write") {
  scene s;
  s.opened("a", 1);
  s.append(1, 1, changes("a", 7));  // the first offset is 1
  CHECK(s.hear() == lines{"1: storage-refused"});
  s.open(2, "a", 2);
  s.append(3, 2, changes("a", 1));
  CHECK(s.hear() == lines{"2: unknown", "3: committed 1"});
}

TEST_CASE("a room that closes is forgotten; what it sent before is committed") {
  scene s;
  s.opened("a", 1);
  s.append(1, 1, changes("a", 1));
  caf::anon_send(s.writer, close_room{"a", 1});
  s.append(2, 1, changes("a", 2));
  CHECK(s.hear() == lines{"2: storage-refused", "1: committed 1"});
}

TEST_CASE("a late close of an older generation changes nothing") {
  scene s;
  s.opened("a", 1);
  s.opened("a", 2);
  caf::anon_send(s.writer, close_room{"a", 1});
  s.append(1, 2, changes("a", 1));
  CHECK(s.hear() == lines{"1: committed 1"});
}

TEST_CASE("requests of a journal that dies are answered, and its successor knows no generation") {
  scene s;
  s.opened("a", 1);
  s.append(1, 1, changes("a", 1));
  caf::anon_send_exit(s.writer, caf::exit_reason::kill);
  s.append(2, 1, changes("a", 2));
  CHECK(s.hear() == lines{"1: unavailable", "2: unavailable"});
  CHECK(s.top("a") == 0);
  s.writer = s.on.spawn<journal>(s.kept, s.bounds);
  s.append(3, 1, changes("a", 1));
  s.open(4, "a", 2);
  s.append(5, 2, changes("a", 1));
  CHECK(s.hear() == lines{"3: storage-refused", "4: unknown", "5: committed 1"});
}

TEST_CASE("trimming forgets what is below") {
  scene s;
  s.opened("a", 1);
  s.append(1, 1, changes("a", 1, 5));
  s.hear();
  caf::anon_send(s.writer, trim_room{"a", 4});
  s.hear();
  CHECK(s.kept.room("a").value()->first == 4);
  CHECK(s.top("a") == 5);
}

TEST_CASE("expired answers are swept now and then") {
  scene s;
  s.opened("a", 1);
  auto once = changes("a", 1);
  once.dedupe = {{"key", "old", "f", 1, 1, 1}, {"key", "new", "f", 1, 1, 4'000'000'000'000}};
  s.append(1, 1, once);
  s.hear();
  for (int round = 0; round < 2; ++round) {
    CHECK(s.kept.inner().sweep(0, 1).has_value());  // looks at one row, forgets none
    s.on.advance(10s);
  }
  const auto held = [&](const char* id) { return s.kept.inner().dedupe("a", "key", id).value().has_value(); };
  CHECK_FALSE(held("old"));
  CHECK(held("new"));
}

namespace {

// Remembers with how many appends and whether synced it was written to.
class watched_store final : public storage::reads_through<storage::store, watched_store> {
 public:
  lines written;
  bool would_wait = false;  // for its own background work

  result<bool> write_at_once(std::span<const storage::append> appends) override {
    if (would_wait) return false;
    written.push_back(std::to_string(appends.size()) + " at once");
    return inner_->write_at_once(appends);
  }
  result<void> write(std::span<const storage::append> appends, bool sync) override {
    written.push_back(std::to_string(appends.size()) + (sync ? " synced" : ""));
    return inner_->write(appends, sync);
  }
  result<void> reopen_writes() override { return inner_->reopen_writes(); }
  result<void> trim(std::string_view room, std::uint64_t first) override { return inner_->trim(room, first); }
  result<bool> forget(std::string_view room, std::size_t max_rows) override { return inner_->forget(room, max_rows); }
  bool leaving(std::string_view room) const override { return inner_->leaving(room); }
  std::vector<std::string> leaving() const override { return inner_->leaving(); }
  result<void> keep_note(std::string_view name, std::string_view text) override { return inner_->keep_note(name, text); }
  result<std::string> note(std::string_view name) const override { return inner_->note(name); }
  result<std::vector<storage::room_age>> ages(std::string_view after, std::size_t limit) const override {
    return inner_->ages(after, limit);
  }
  result<void> sweep(std::int64_t now_ms, std::size_t max_rows) override { return inner_->sweep(now_ms, max_rows); }
  result<void> keep_dead(const storage::dead_record& record, storage::dead_usage most, bool sync) override {
    written.push_back(record.id + (sync ? " synced" : ""));
    return inner_->keep_dead(record, most, sync);
  }
  result<bool> discard_dead(std::string_view id) override { return inner_->discard_dead(id); }
  storage::dead_usage dead_kept() const override { return inner_->dead_kept(); }
  result<std::optional<storage::dead_record>> dead(std::string_view id) const override { return inner_->dead(id); }
  result<storage::dead_page> list_dead(std::string_view after, storage::page_limit limit) const override {
    return inner_->list_dead(after, limit);
  }
  std::unique_ptr<const storage::readable> at_once() const override { return inner_->at_once(); }
  result<std::shared_ptr<const storage::frozen>> freeze(const storage::room_choice& rooms, std::size_t copy_bytes_max) const override {
    return inner_->freeze(rooms, copy_bytes_max);
  }
  const storage::store* now() const { return inner_.get(); }

 private:
  std::unique_ptr<storage::store> inner_ = storage::make_memory_store();
};

}  // namespace

TEST_CASE("a batch is synced if one of its rooms asked for that") {
  store_stage s;
  watched_store kept;
  const limits bounds;
  const auto writer = s.on.spawn<journal>(kept, bounds);
  const auto append = [&](const std::string& room, std::uint64_t offset, durability how) {
    caf::anon_send(writer, std::make_shared<append_request>(append_request{1, changes(room, offset, 1, how), s.reply<committed>(1)}));
  };
  for (const std::string room : {"wal", "fsync"})
    caf::anon_send(writer, std::make_shared<const open_room>(open_room{room, 1, s.reply<storage::room_record>(0)}));
  append("wal", 1, durability::wal);
  s.hear();
  append("wal", 2, durability::wal);
  append("fsync", 1, durability::fsync);
  append("wal", 3, durability::wal);
  s.hear();
  CHECK(kept.written == lines{"1", "3 synced"});
}

TEST_CASE("only what waits for the disk goes to the writer") {
  store_stage s;
  watched_store kept;
  const limits bounds;
  role_table roles;
  roles.child_started("writer", caf::actor_cast<caf::actor>(s.on.spawn<writer>()), 1);
  const auto subject = s.on.spawn<journal>(kept, bounds, roles.ref<writer_actor>("writer"));
  std::map<std::string, std::uint64_t> tops;
  const auto append = [&](const std::string& room, durability how) {
    auto what = changes(room, ++tops[room], 1, how);
    caf::anon_send(subject, std::make_shared<append_request>(append_request{1, std::move(what), s.reply<committed>(tops[room])}));
  };
  for (const std::string room : {"wal", "fsync"})
    caf::anon_send(subject, std::make_shared<const open_room>(open_room{room, 1, s.reply<storage::room_record>(0)}));
  CHECK(s.hear() == lines{"0: unknown", "0: unknown"});

  SECTION("a batch without sync is written at once") {
    append("wal", durability::wal);
    CHECK(s.hear() == lines{"1: committed 1"});
    CHECK(kept.written == lines{"1 at once"});
  }
  SECTION("a batch is synced by the writer, all of it") {
    append("wal", durability::wal);
    append("fsync", durability::fsync);
    CHECK(s.hear() == lines{"1: committed 1", "1: committed 1"});
    CHECK(kept.written == lines{"2 synced"});
  }
  SECTION("when the store would have to wait, the writer does") {
    kept.would_wait = true;
    append("wal", durability::wal);
    CHECK(s.hear() == lines{"1: committed 1"});
    kept.would_wait = false;
    append("wal", durability::wal);
    CHECK(s.hear() == lines{"2: committed 2"});
    CHECK(kept.written == lines{"1", "1 at once"});
  }
}

TEST_CASE("while the writer is at work everything gathers, and then goes in order") {
  store_stage s;
  watched_store kept;
  const limits bounds;
  role_table roles;  // nobody is the writer yet: what is handed over is lost, and the journal waits for it
  const auto subject = s.on.spawn<journal>(kept, bounds, roles.ref<writer_actor>("writer"));
  caf::anon_send(subject, std::make_shared<const open_room>(open_room{"a", 1, s.reply<storage::room_record>(1)}));
  caf::anon_send(subject, std::make_shared<append_request>(append_request{1, changes("a", 1, 1, durability::wal), s.reply<committed>(2)}));
  CHECK(s.hear().empty());
  caf::anon_send(subject, ticket{0}, result<journal_done>(journal_done{}));
  roles.child_started("writer", caf::actor_cast<caf::actor>(s.on.spawn<writer>()), 1);
  CHECK(s.hear() == lines{"1: unknown", "2: committed 1"});
}
