#include "tests/actors/sim/history_options.hpp"

#include <array>

namespace tidewire::test {

namespace {

limits small_limits(chance& by) {
  limits limit;
  limit.page_rows_default = by.between(1, 4);
  limit.page_rows_max = by.between(4, 8);
  limit.page_bytes_max = by.one_in(2) ? 60 : 4'000;
  limit.recovery_publications_max = by.between(5, 40);
  limit.tail_publications_max = by.between(1, 12);
  limit.slots_max = by.between(4, 40);
  limit.dedupe_in_flight_max = by.between(5, 40);
  limit.load_ms = 500;
  limit.catchup_bytes_max = by.one_in(2) ? 100 : 100'000;
  limit.catchup_s_max = 2;
  limit.entity_idle_s = 2;
  limit.room_idle_s = 5;
  limit.live_entities_max = by.between(1, 6);
  limit.shared_pages_bytes_max = by.one_in(3) ? by.below(2'000) : 1'000'000;
  limit.shared_page_ms = static_cast<std::uint32_t>(by.below(3'000));
  limit.expiry_in_flight_max = by.between(1, 6);
  limit.backlog_bytes_max = by.one_in(3) ? by.between(60, 300) : by.between(500, 1'500);
  limit.outbox_bytes_max = limit.backlog_bytes_max + (by.one_in(2) ? by.between(50, 600) : by.between(200, 6'000));
  limit.commands_in_flight_max = by.between(1, 8);
  limit.subscriptions_max = 8;
  limit.run_bytes_max = by.between(200, 3'000);
  limit.pending_run_bytes_max = by.one_in(3) ? by.between(500, 5'000) : 100'000;
  limit.fanout_in_flight_bytes_max = by.one_in(4) ? by.between(500, 5'000) : 1'000'000;
  limit.audiences_max = by.one_in(4) ? by.between(8, 12) : 100;
  limit.journal_batch_bytes_max = by.one_in(3) ? 500 : 100'000;
  return limit;
}

namespace_options small_namespace(chance& by, std::string name, durability kept) {
  static constexpr std::array slows{slow_consumer::conflate, slow_consumer::resync, slow_consumer::disconnect};
  namespace_options options;
  options.name = std::move(name);
  options.kept = kept;
  options.history_size = by.one_in(8) ? 0 : by.between(5, 60);
  options.history_ttl_s = by.one_in(2) ? 0 : 100;
  options.key_ttl_s = by.one_in(3) ? static_cast<std::uint32_t>(by.between(1, 20)) : 0;
  options.slow = by.of(slows);
  options.batch_delay_ms = by.one_in(4) ? static_cast<std::uint32_t>(by.between(5, 100)) : 0;
  options.batch_max = static_cast<std::uint32_t>(by.between(2, 10));
  return options;
}

}  // namespace

server_options small_server(chance& by) {
  server_options options;
  options.dev = true;
  options.limit = small_limits(by);
  options.lifecycle = by.one_in(3);
  if (by.one_in(2)) options.memory_budget = by.one_in(3) ? by.between(20'000, 120'000) : by.between(200'000, 800'000);
  options.namespaces = {small_namespace(by, "", durability::fsync), small_namespace(by, "f", durability::fsync),
                        small_namespace(by, "w", durability::wal), small_namespace(by, "m", durability::memory)};
  if (by.one_in(3)) {
    for (auto& each : options.namespaces) each.clients_presence_prefix = "$here:";
    auto here = small_namespace(by, "$here", durability::wal);
    here.serves = room_use::clients;
    here.key_ttl_s = 5;
    options.namespaces.push_back(std::move(here));
  }
  return options;
}

std::vector<std::string> some_rooms(chance& by) {
  static constexpr std::array names{"f:1", "f:2", "f:3", "w:1", "w:2", "m:1", "m:2"};
  std::vector<std::string> chosen;
  for (auto left = by.between(1, 3); left > 0; --left) chosen.emplace_back(by.of(names));
  return chosen;
}

// A third of them is absent from a history, the others strike seldom or often.
sim_faults some_faults(chance& by) {
  const auto perhaps = [&](std::size_t n) { return by.one_in(3) ? std::size_t{0} : by.between(n, 10 * n); };
  sim_faults odds;
  odds.entity = perhaps(30);
  odds.room = perhaps(200);
  odds.rooms = perhaps(20);
  odds.directory = perhaps(300);
  odds.journal = perhaps(100);
  odds.writer = perhaps(50);
  odds.reader = perhaps(100);
  odds.broadcaster = perhaps(300);
  odds.session = perhaps(200);
  odds.keeper = perhaps(50);
  odds.read = perhaps(20);
  odds.write = perhaps(20);
  odds.disk = perhaps(50);
  odds.kill = perhaps(100);
  odds.power = perhaps(100);
  return odds;
}

}  // namespace tidewire::test
