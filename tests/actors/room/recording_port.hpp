// The world around one room, written down: what the room asked stays in queues until the test answers it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/room/room_port.hpp"

namespace tidewire::test {

class recording_port final : public room_port {
 public:
  struct apply_asked {
    std::string key;
    ticket which = 0;
    apply_change change;
  };
  struct set_aside_asked {
    publish_request_ptr request;
    std::uint32_t tries = 0;
    crash_report died_of;
  };
  struct load_asked {
    ticket which = 0;
    std::string key;
  };
  struct dedupe_asked {
    ticket which = 0;
    idempotency once;
  };
  struct append_asked {
    ticket which = 0;
    generation of = 0;
    storage::append changes;
  };
  struct open_asked {
    ticket which = 0;
    generation since = 0;
  };
  struct state_asked {
    ticket which = 0;
    std::string after;
    storage::page_limit limit;
  };
  struct stream_asked {
    ticket which = 0;
    std::uint64_t after = 0;
    storage::page_limit limit;
  };
  struct first_after_asked {
    ticket which = 0;
    std::int64_t time_ms = 0;
  };

  // Time is what the test says.
  std::int64_t clock_ms = 1'000'000;
  std::optional<std::int64_t> tick_due_ms;  // the earliest tick asked for

  // Running entities, with what they were started with or made to accept.
  std::map<std::string, entity_ptr> entities;
  std::uint64_t entities_started = 0;
  std::deque<apply_asked> applies;
  std::deque<set_aside_asked> set_asides;

  std::deque<open_asked> opens;
  std::deque<append_asked> appends;
  std::vector<std::uint64_t> trims;

  std::deque<load_asked> loads;
  std::deque<dedupe_asked> dedupes;
  std::deque<state_asked> states;
  std::deque<stream_asked> streams;
  std::deque<first_after_asked> first_afters;

  std::deque<ticket> tolds;
  std::vector<publication_ptr> told;
  std::vector<tidewire::attach> attached;
  std::vector<tidewire::resume> resumed;
  // "told 5", "attach 5" and "reset", in order.
  std::vector<std::string> to_broadcaster;

  // The room's own; with `holds_flushes` the test calls it.
  std::function<void()> flush;
  bool holds_flushes = false;

  std::int64_t now_ms() const override { return clock_ms; }
  std::int64_t steady_ms() const override { return clock_ms; }
  std::string new_epoch() override { return "e" + std::to_string(++epochs_); }
  generation next_generation() override { return ++generations_; }
  void tick_after(std::uint32_t ms) override {
    const auto due = clock_ms + ms;
    tick_due_ms = tick_due_ms ? std::min(*tick_due_ms, due) : due;
  }
  void flush_soon() override {
    if (!holds_flushes) flush();
  }

  std::size_t reliefs = 0;  // times that it asked
  void ask_for_relief() override { ++reliefs; }

  void start_entity(const std::string& key, entity_ptr document) override {
    ++entities_started;
    entities.insert_or_assign(key, std::move(document));
  }
  void apply(const std::string& key, ticket which, apply_change change) override { applies.push_back({key, which, std::move(change)}); }
  void accept(const std::string& key, entity_ptr document) override { entities.at(key) = std::move(document); }
  void stop_entity(const std::string& key) override { entities.erase(key); }
  void stop_entities() override { entities.clear(); }
  void set_aside(publish_request_ptr request, std::uint32_t tries, crash_report died_of) override {
    set_asides.push_back({std::move(request), tries, std::move(died_of)});
  }

  void open(ticket which, generation since) override { opens.push_back({which, since}); }
  void append(ticket which, generation of, storage::append changes) override { appends.push_back({which, of, std::move(changes)}); }
  void trim(std::uint64_t first) override { trims.push_back(first); }

  void load(ticket which, const std::string& key) override { loads.push_back({which, key}); }
  void find_dedupe(ticket which, const idempotency& once) override { dedupes.push_back({which, once}); }
  void read_state(ticket which, const std::string& after, storage::page_limit limit) override { states.push_back({which, after, limit}); }
  void read_stream(ticket which, std::uint64_t after, storage::page_limit limit) override { streams.push_back({which, after, limit}); }
  void find_first_after(ticket which, std::int64_t time_ms) override { first_afters.push_back({which, time_ms}); }

  void ask_told(ticket which) override { tolds.push_back(which); }
  void tell(std::vector<change> news) override {
    for (auto& each : news) {
      to_broadcaster.push_back("told " + std::to_string(each.told->offset));
      told.push_back(std::move(each.told));
    }
  }
  void attach(tidewire::attach subscription) override {
    to_broadcaster.push_back("attach " + std::to_string(subscription.from));
    attached.push_back(std::move(subscription));
  }
  void resume(tidewire::resume ready) override {
    to_broadcaster.push_back("resume " + std::to_string(ready.up_to));
    resumed.push_back(std::move(ready));
  }
  void reset_audience() override { to_broadcaster.emplace_back("reset"); }

 private:
  std::uint64_t epochs_ = 0;
  generation generations_ = 0;
};

}  // namespace tidewire::test
