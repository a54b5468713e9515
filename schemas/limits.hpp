// Every limit of the engine that is not a namespace option, in one place, with its unit last in the name.
// Those a deployment may change have a key of the same name under [limits] in the configuration.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tidewire {

struct limits {
  // Names.
  std::size_t room_name_bytes_max = 255;
  std::size_t key_bytes_max = 512;

  // What arrives.
  std::size_t message_bytes_max = 65'536;       // one WebSocket message from a client
  std::size_t http_body_bytes_max = 8'388'608;  // one HTTP body: a batch of events
  std::size_t http_header_bytes_max = 16'384;
  std::size_t requests_bytes_max = 536'870'912;  // bodies and messages that arrive or wait for their answer, of all connections together
  std::size_t document_bytes_max = 1'048'576;    // one entity document or publication
  std::size_t tags_max = 32;                     // tags of one publication
  std::size_t tag_bytes_max = 256;               // name or value of one tag
  std::size_t json_depth_max = 64;
  std::size_t batch_items_max = 1'000;            // operations of one HTTP request
  std::size_t patch_work_bytes_max = 33'554'432;  // documents that the steps of one JSON patch go through, together
  std::uint32_t key_ttl_s_max = 315'360'000;      // what a change may ask for its entity: ten years
  std::size_t idempotency_id_bytes_max = 1'024;   // of a CloudEvent: its source and id together

  // Streams of changes over HTTP: bodies that are taken as they come.
  std::size_t ingests_max = 64;                        // at a time; beyond it 429
  std::size_t ingest_line_bytes_max = 1'179'648;       // one line: a document and what is said of it
  std::size_t ingest_lines_in_flight_max = 256;        // of one stream, on their way through rooms;
  std::size_t ingest_bytes_in_flight_max = 1'048'576;  // beyond either the socket is not read
  std::size_t ingest_errors_max = 100;                 // refused lines that the answer shows

  // One connection.
  std::size_t connections_max = 65'536;
  std::size_t connections_per_address_max = 0;   // 0: no limit but the one above
  std::size_t connections_per_user_max = 0;      // of the client protocol, of one user with a name; 0: no limit
  std::size_t subscriptions_max = 128;           // of one connection
  std::size_t filter_depth_max = 8;              // levels of one tags filter
  std::size_t filter_nodes_max = 128;            // its nodes and values
  std::size_t audiences_max = 1'024;             // different views of one room: each is encoded for itself
  std::size_t fields_max = 64;                   // paths of one subscription
  std::size_t commands_in_flight_max = 256;      // of one connection; beyond it the socket is not read
  std::size_t outbox_bytes_max = 1'048'576;      // queued for one connection; beyond it it is closed as slow
  std::size_t backlog_bytes_max = 262'144;       // queued for one connection; beyond it its subscriptions miss what comes, where they may
  std::size_t outboxes_bytes_max = 536'870'912;  // queued for all connections; beyond it outbox_bytes_fair is what one may have
  std::size_t outbox_bytes_fair = 65'536;
  std::size_t unsent_bytes_max = 131'072;  // of one connection, in the kernel: what is there can't be conflated any more
  std::uint32_t ping_interval_s = 25;
  std::uint32_t pong_timeout_s = 8;
  std::uint32_t stale_timeout_s = 10;             // time to send `connect`
  std::uint32_t close_timeout_s = 5;              // time for the peer's half of the close handshake
  std::uint32_t drain_connections_per_s = 1'000;  // so many are told to come back, when the server ends,
  std::uint32_t drain_s_max = 10;                 // but all of them within that time
  std::uint32_t http_idle_timeout_s = 75;
  std::uint32_t request_timeout_s = 10;  // an engine answer; then 503, outcome unknown

  // One room.
  std::size_t page_rows_default = 100;
  std::size_t page_rows_max = 1'000;
  std::size_t filtered_rows_max = 10'000;          // entities looked at for one page of a listing with several filters
  std::size_t page_bytes_max = 4'194'304;          // cuts pages of state, history and catch-up
  std::size_t recovery_publications_max = 10'000;  // a longer absence starts from a snapshot
  std::size_t recovery_bytes_max = 8'388'608;
  std::size_t tail_publications_max = 256;  // newest publications kept in memory per live room
  std::size_t tail_bytes_max = 1'048'576;
  std::size_t shared_pages_bytes_max = 16'777'216;  // pages of state kept for others who want them, with their texts
  std::uint32_t shared_page_ms = 200;               // a first page of state may be so old, if the tail has what came since
  std::size_t slots_max = 16'384;                   // changes of one room on their way; beyond it 429
  std::size_t in_flight_bytes_max = 33'554'432;     // bytes of those changes
  std::size_t dedupe_in_flight_max = 16'384;        // idempotency ids of one room on their way
  std::uint32_t load_ms = 5'000;                    // a cold entity may hold its room for so long
  std::size_t catchup_bytes_max = 67'108'864;       // history spared from trimming for a page flow
  std::uint32_t catchup_s_max = 60;
  std::uint32_t entity_idle_s = 60;  // then its actor leaves memory
  std::uint32_t room_idle_s = 300;
  std::size_t live_entities_max = 100'000;  // entity actors of one room
  std::size_t expiry_in_flight_max = 256;   // removals of expired entities on their way, in all rooms of one store

  // What operators ask for.
  std::size_t past_publications_max = 100'000;           // publications looked at to find what was at an earlier moment
  std::size_t exports_max = 4;                           // exports that hold a moment of the database
  std::uint32_t export_idle_s = 60;                      // one that nobody reads is over
  std::size_t export_copy_bytes_max = 67'108'864;        // rooms in memory are copied for an export
  std::size_t export_page_bytes_max = 1'048'576;         // one page of an export
  std::size_t backup_bytes_per_s_default = 104'857'600;  // copied by a backup that does not say how fast

  // The quarantine, of what is on disk and of what is in memory each.
  std::size_t quarantine_records_max = 10'000;
  std::size_t quarantine_bytes_max = 67'108'864;

  // The journal and the broadcaster.
  std::size_t journal_batch_bytes_max = 8'388'608;
  std::size_t run_bytes_max = 262'144;            // one WebSocket message of pushes
  std::size_t pending_run_bytes_max = 1'048'576;  // gathering in a broadcaster; beyond it a run goes out although one is in flight
  std::size_t fanout_in_flight_bytes_max =
      67'108'864;  // frames of a broadcaster on their way; beyond it a room that grows them must be subscribed again
};

}  // namespace tidewire
