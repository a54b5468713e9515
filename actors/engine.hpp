// What every actor of one engine may rely on: its options, its stores, its I/O threads, and who holds which role. Outlives all actors.
#pragma once

#include <atomic>
#include <caf/actor.hpp>
#include <caf/send.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "actors/doors.hpp"
#include "actors/edge/http_meter.hpp"
#include "actors/interfaces.hpp"
#include "actors/random.hpp"
#include "actors/supervision/role_table.hpp"
#include "schemas/memory_account.hpp"
#include "schemas/options.hpp"
#include "schemas/statistics/heavy_hitters.hpp"
#include "schemas/statistics/query_counters.hpp"

namespace tidewire {

namespace transport {
class io_threads;
}
struct key_source_counts;
class session_link;

// The ids of the structural actors in the supervision tree, which are their roles.
namespace role {
inline constexpr std::string_view writer = "writer";
inline constexpr std::string_view journal = "journal";
inline constexpr std::string_view memory_journal = "memory-journal";
inline constexpr std::string_view directory = "directory";
inline constexpr std::string_view rooms = "rooms";
inline constexpr std::string_view quarantine = "quarantine";
inline constexpr std::string_view expirer = "expirer";
inline constexpr std::string_view memory_expirer = "memory-expirer";
inline constexpr std::string_view broadcaster = "broadcaster";
inline constexpr std::string_view presence = "presence";
inline constexpr std::string_view retention = "retention";
inline constexpr std::string_view memory_retention = "memory-retention";
inline constexpr std::string_view warm_up = "warm-up";
inline constexpr std::string_view lifecycle = "lifecycle";
inline constexpr std::string_view gateway = "gateway";
inline constexpr std::string_view sessions = "sessions";
inline constexpr std::string_view operator_desk = "operator-desk";
inline constexpr std::string_view session_desk = "session-desk";
inline std::string reader(std::size_t index) { return "reader-" + std::to_string(index); }
}  // namespace role

// How far the rooms that were used most before the last stop are back in memory.
struct warm_up_progress {
  std::atomic<std::uint64_t> rooms{0};  // to bring back
  std::atomic<std::uint64_t> rooms_done{0};
  std::atomic<std::uint64_t> bytes{0};  // read for them
  std::atomic<bool> over{false};
};

struct engine {
  const server_options& options;
  role_table& roles;
  storage::store& disk;
  storage::store& memory;
  transport::io_threads& io;
  memory_account& held;  // against the budget
  // Tells every session that the broadcasters started before that one are gone. Any thread.
  std::function<void(std::uint64_t start)> visit_sessions;
  // Looks at every connection of a session, on the I/O threads; what the visitor holds is let go of when all have been seen. Any thread.
  std::function<void(std::function<void(session_link&)> visitor)> visit_links{};
  std::function<void(std::function<void(session_link&)> visitor)> visit_links_behind{};  // those alone that miss something
  std::function<void(const end_connection& whom)> end_connections{};                     // likewise: those it is about end. Any thread
  untold under_way{};                                                                    // changes between their room and its broadcaster
  std::function<void(std::function<void()> job)> aside{};  // runs it on a thread of operators' work, or drops it. Any thread
  std::function<caf::actor()> root{};                      // the supervisor of all; empty before it stands. Any thread
  std::function<std::size_t()> connections;                // open now. Any thread
  std::function<std::uint64_t()> crowded{};                // connections that were refused for too many of their address. Any thread
  const key_source_counts* keys = nullptr;                 // of the public keys of tokens; null: there are none
  doors at_doors{};
  http_meter http{};                                // requests of clients and integrations
  const query_counters* queries = nullptr;          // of the database; null: nobody counts
  heavy_hitters hot_rooms{};                        // by publications and deliveries
  std::atomic<std::uint64_t> published{0};          // committed, and on their way to the broadcaster
  std::atomic<std::uint64_t> told{0};               // publications that the broadcaster heard of, for rooms with an audience
  std::atomic<std::uint64_t> delivered{0};          // these times their receivers
  std::atomic<std::uint64_t> accepted{0};           // WebSocket connections
  std::atomic<std::uint64_t> websockets{0};         // of these, those that are open
  std::atomic<std::uint64_t> resumed{0};            // times that a slow subscription was told what it had missed
  std::atomic<std::uint64_t> resynchronised{0};     // times that it had to subscribe again
  std::atomic<std::uint64_t> deflated{0};           // bytes of messages that were compressed
  std::atomic<std::uint64_t> broadcaster_start{0};  // of the present broadcaster
  std::atomic<std::uint64_t> quarantined{0};        // commands that were set aside
  std::atomic<std::uint64_t> not_quarantined{0};    // and those that could not be, for the quarantine was full or the disk failed
  std::atomic<std::uint64_t> numbers{0};
  warm_up_progress warmed{};
  std::atomic<std::uint64_t> channels{random_value<std::uint32_t>() % first_channel_max};
  const std::string run = make_uuid();  // of this run of the server
  const std::chrono::system_clock::time_point begun = std::chrono::system_clock::now();
  std::atomic<bool> start_told{false};  // in the room $sys
  std::atomic<bool> ready{false};       // serves; false while it starts and while it drains

  // Never the same twice, always greater than those before: generations, sessions, starts.
  std::uint64_t next_number() { return ++numbers; }
  // The same for channels, from a random one on: the npm SDK keeps the number of a subscription that it has left, so one that another
  // process gave must not come again for another room.
  std::uint64_t next_channel() { return ++channels; }
  static constexpr std::uint32_t first_channel_max = 100'000'000;  // eight digits

  role_ref<journal_actor> journal_of(bool in_memory) const {
    return roles.ref<journal_actor>(in_memory ? role::memory_journal : role::journal);
  }
  role_ref<journal_actor> journal_of(const namespace_options& kept) const { return journal_of(kept.kept == durability::memory); }
  // A room always asks the same reader.
  role_ref<reader_actor> reader_of(std::string_view room) const {
    return roles.ref<reader_actor>(role::reader(std::hash<std::string_view>{}(room) % options.readers));
  }
};

inline bool in_memory(const namespace_options& options) noexcept { return options.kept == durability::memory; }

// To whoever holds the role now. If nobody does, nothing happens, and the replies in the mail say so.
template <class Handle, class... Parts>
void mail(role_ref<Handle>& to, Parts&&... parts) {
  if (const auto& handle = to.get()) caf::anon_send(handle, std::forward<Parts>(parts)...);
}

}  // namespace tidewire
