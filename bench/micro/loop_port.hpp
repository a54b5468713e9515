// The world around one room, as quick as can be: what the room asks is kept for the benchmark to answer.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "actors/room/room_port.hpp"
#include "schemas/apply.hpp"

namespace tidewire::micro {

class loop_port final : public room_port {
 public:
  struct asked_entity {
    std::string key;
    ticket which = 0;
    apply_change change;
  };
  std::deque<asked_entity> applies;
  std::unordered_map<std::string, entity_ptr> entities;
  std::deque<std::pair<ticket, std::string>> loads;
  ticket opened = 0;
  ticket told = 0;
  ticket appended = 0;
  std::uint64_t last_offset = 0;
  std::function<void()> flush;  // the room's

  // What the entity would answer.
  static result<proposal> decide(const asked_entity& asked, const entity_ptr& current, const limits& bounds) {
    auto outcome = tidewire::apply(*asked.change.what, current.get(), asked.change.epoch, bounds);
    if (!outcome) return tl::unexpected(std::move(outcome.error()));
    return proposal{outcome->removed, std::move(outcome->data), std::move(outcome->tags), current};
  }

  std::int64_t now_ms() const override { return 1'800'000'000'000; }
  std::int64_t steady_ms() const override { return 1'000; }
  std::string new_epoch() override { return "e027256f37266527"; }
  generation next_generation() override { return 1; }
  void tick_after(std::uint32_t) override {}
  void flush_soon() override { flush(); }
  void ask_for_relief() override {}
  void start_entity(const std::string& key, entity_ptr document) override { entities.insert_or_assign(key, std::move(document)); }
  void apply(const std::string& key, ticket which, apply_change change) override { applies.push_back({key, which, std::move(change)}); }
  void accept(const std::string& key, entity_ptr document) override { entities[key] = std::move(document); }
  void stop_entity(const std::string& key) override { entities.erase(key); }
  void stop_entities() override { entities.clear(); }
  void open(ticket which, generation) override { opened = which; }
  void append(ticket which, generation, storage::append changes) override {
    appended = which;
    last_offset = changes.publications.back()->offset;
  }
  void trim(std::uint64_t) override {}
  void load(ticket which, const std::string& key) override { loads.emplace_back(which, key); }
  void find_dedupe(ticket, const idempotency&) override {}
  void read_state(ticket, const std::string&, storage::page_limit) override {}
  void read_stream(ticket, std::uint64_t, storage::page_limit) override {}
  void find_first_after(ticket, std::int64_t) override {}
  void ask_told(ticket which) override { told = which; }
  void tell(std::vector<change>) override {}
  void attach(tidewire::attach) override {}
  void resume(tidewire::resume) override {}
  void reset_audience() override {}
  void set_aside(publish_request_ptr, std::uint32_t, crash_report) override {}
};

}  // namespace tidewire::micro
