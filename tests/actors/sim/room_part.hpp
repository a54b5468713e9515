// A room and its entities, as actors/room has them: the real room_state, and entities that apply changes by the real schemas/apply.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "actors/room/room_state.hpp"
#include "tests/actors/sim/process.hpp"

namespace tidewire::test {

class room_part;

class entity_part final : public part {
 public:
  entity_part(process& in, room_part& parent, std::string key, entity_ptr document)
      : part(in, &in.around.faults.entity), parent_(parent), key_(std::move(key)), document_(std::move(document)) {}

  void apply(const apply_change& change) const;
  void accept(entity_ptr document) { document_ = std::move(document); }

  room_part& parent() const noexcept { return parent_; }
  const std::string& key() const noexcept { return key_; }

 private:
  room_part& parent_;
  const std::string key_;
  entity_ptr document_;
};

class room_part final : public part, private room_port {
 public:
  room_part(process& in, std::string name);
  ~room_part() override;

  const std::string& name() const noexcept { return name_; }
  void handle(const room_command_ptr& command);
  void adopt(std::uint64_t adoption);
  void retire();
  void ease();
  bool retired() const noexcept { return retired_; }
  void entity_died(address which);

 private:
  void check_bounds() const;
  void tick();
  void offer_to_retire();
  template <class T, class Read, class Hear>
  void ask_reader(ticket which, Read read, Hear hear);

  std::int64_t now_ms() const override { return office().now_ms(); }
  std::int64_t steady_ms() const override { return office().now_ms(); }
  std::string new_epoch() override { return "epoch-" + std::to_string(++in_.around.epochs); }
  generation next_generation() override { return in_.next_number(); }
  void tick_after(std::uint32_t ms) override;
  void flush_soon() override;
  void ask_for_relief() override;
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

  const std::string name_;
  const namespace_options& options_;
  generation generation_ = 0;
  std::uint64_t adoption_ = 0;
  std::uint64_t handled_ = 0;
  std::vector<std::weak_ptr<const room_command>> taken_;  // publish requests that it holds
  room_command_ptr killed_by_;                            // null: it lives
  untold::hold appended_;
  bool retired_ = false;
  std::map<std::string, std::unique_ptr<entity_part>> entities_;
  std::map<address, std::unique_ptr<entity_part>> leaving_;  // told to go, and have not read it yet
  std::set<std::string> dead_;                               // and the room has not heard of it
  std::unique_ptr<room_state> state_;
};

}  // namespace tidewire::test
