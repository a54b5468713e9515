#include "schemas/memory_budget.hpp"

#include <algorithm>
#include <numeric>

namespace tidewire {

namespace {

constexpr std::array<std::string_view, memory_parts> names{"database", "live",    "tails",  "pages",
                                                           "requests", "changes", "frames", "outboxes"};

// In 64ths; the database's is what the others leave.
constexpr std::array<std::size_t, memory_parts> parts_of_64{0, 12, 4, 3, 4, 4, 4, 8};

constexpr std::size_t memtable_bytes_max = 201'326'592;  // more would only make the replay of the log longer

// Beyond outboxes_bytes_max peers are held to less, beyond a third more to nothing: transport/outbox_connection.cpp.
std::size_t outboxes_limit(std::size_t share) noexcept { return share / 4 * 3; }
std::size_t outboxes_share(std::size_t limit) noexcept { return (limit + 2) / 3 * 4; }  // and not less

}  // namespace

std::string_view name_of(memory_part part) noexcept { return names[static_cast<std::size_t>(part)]; }

std::size_t memory_shares::sum() const noexcept { return std::accumulate(bytes.begin(), bytes.end(), std::size_t{0}); }

memory_shares divide_memory(std::size_t budget, const limits& explicit_limits) noexcept {
  memory_shares shares;
  const auto at = [&](memory_part part) -> std::size_t& { return shares.bytes[static_cast<std::size_t>(part)]; };
  for (std::size_t i = 0; i < memory_parts; ++i) shares.bytes[i] = budget / 64 * parts_of_64[i];
  at(memory_part::frames) =
      std::min(at(memory_part::frames), explicit_limits.fanout_in_flight_bytes_max + explicit_limits.pending_run_bytes_max);
  at(memory_part::requests) = std::min(at(memory_part::requests), explicit_limits.requests_bytes_max);
  at(memory_part::outboxes) = std::min(at(memory_part::outboxes), outboxes_share(explicit_limits.outboxes_bytes_max));
  at(memory_part::database) = budget - shares.sum();
  return shares;
}

limits within(const memory_shares& shares, limits explicit_limits) noexcept {
  const auto frames = shares[memory_part::frames];
  auto& pending = explicit_limits.pending_run_bytes_max;
  pending = std::min(pending, frames / 4);
  explicit_limits.fanout_in_flight_bytes_max = std::min(explicit_limits.fanout_in_flight_bytes_max, frames - pending);
  explicit_limits.requests_bytes_max = std::min(explicit_limits.requests_bytes_max, shares[memory_part::requests]);
  explicit_limits.outboxes_bytes_max = std::min(explicit_limits.outboxes_bytes_max, outboxes_limit(shares[memory_part::outboxes]));
  return explicit_limits;
}

std::size_t memtable_bytes(const memory_shares& shares) noexcept { return std::min(shares[memory_part::database] / 2, memtable_bytes_max); }

std::size_t default_memory_budget(std::uint64_t machine_bytes, std::optional<std::uint64_t> allowed_bytes) noexcept {
  const auto usable = std::min(machine_bytes, allowed_bytes.value_or(machine_bytes));
  return std::max<std::size_t>(usable / 2, memory_budget_min);
}

}  // namespace tidewire
