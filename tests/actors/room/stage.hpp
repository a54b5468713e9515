// One room between a recording port and a memory store, and the words that its tests are written in. Nothing happens by itself: the test
// says when an entity, a reader or the journal answers, and what.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/room/room_state.hpp"
#include "tests/actors/room/recording_port.hpp"

namespace tidewire::test {

template <class T>
class answer_box final : public reply<T> {
 public:
  void answer(result<T> outcome) override {
    ++answers;
    if (!got) got = std::move(outcome);
  }
  bool empty() const { return !got; }
  const T& value() const { return got.value().value(); }
  errc error() const { return got.value().error().code; }

  std::optional<result<T>> got;
  int answers = 0;
};
using publish_box = std::shared_ptr<answer_box<published>>;
using subscribe_box = std::shared_ptr<answer_box<subscribe_step>>;

// Operations.
operation note(std::string data);  // without a key
operation set(std::string key, std::string data);
operation merge(std::string key, std::string data);
operation removal(std::string key);
operation once(operation what, std::string id, std::string fingerprint = "f");
operation if_version(operation what, std::uint64_t version, std::string epoch = {});
operation if_absent(operation what);

// Subscribe commands.
protocol::subscribe_command stream_subscribe();
protocol::subscribe_command stream_recover(std::uint64_t offset, std::string epoch, bool reject_unrecovered = false);
protocol::subscribe_command map_state(std::uint32_t limit);
protocol::subscribe_command map_state(std::uint32_t limit, const protocol::subscribe_result& page_before);
protocol::subscribe_command map_stream(std::uint64_t offset, std::string epoch, bool recover = false);

std::vector<std::uint64_t> offsets_of(const std::vector<publication_ptr>& publications);
std::vector<std::string> keys_of(const std::vector<entity_ptr>& documents);
std::vector<std::uint64_t> offsets_of(const published& answer);

class stage {
 public:
  explicit stage(limits limit = {}, namespace_options options = {});
  stage(const stage&) = delete;  // the room refers to its stage
  stage& operator=(const stage&) = delete;

  // The room starts, the journal opens it, and the broadcaster has no audience.
  void open();
  // The journal answers the opening with what the store has.
  void answer_open();
  void refuse_open(errc why);
  void answer_told(std::optional<std::uint64_t> told);
  // The process of the room goes down, and a new one starts on the same store.
  void restart_room();

  publish_box publish(operation what);
  publish_box publish(std::vector<operation> batch);
  subscribe_box subscribe(protocol::subscribe_command command, session_id session = 1);

  // Readers, from the store.
  void answer_dedupe();
  void answer_load();
  void refuse_load(errc why);
  void answer_state();
  void answer_stream();
  void answer_first_after();
  // An entity says what becomes of its document, or dies of it.
  void answer_apply();
  void crash_entity();
  // Everything that readers and entities owe, until nothing is left.
  void settle();

  // The journal.
  void commit();
  void refuse_append(bool stored);
  // settle() and commit() until nothing is left.
  void settle_and_commit();
  // Published, committed and told.
  publish_box done(operation what);
  publish_box done(std::vector<operation> batch);
  // n changes without a key, each committed alone.
  void notes(std::uint64_t n);

  void pass(std::int64_t ms);  // and tick, when one is due

  // What the store holds.
  std::uint64_t stored_top() const;
  std::optional<entity_document> stored(const std::string& key) const;

  limits limit;
  memory_account held;  // without limits, unless the test sets them
  namespace_options options;
  std::unique_ptr<storage::store> store = storage::make_memory_store();
  recording_port port;
  std::unique_ptr<room_state> room;

 private:
  void write(const storage::append& changes);
};

}  // namespace tidewire::test
