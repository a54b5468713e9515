// The options of the server and of its namespaces, as plain data. config.hpp reads them from TOML.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/access/address_range.hpp"
#include "schemas/access/room_grants.hpp"
#include "schemas/access/token_bucket.hpp"
#include "schemas/field_mask.hpp"
#include "schemas/limits.hpp"

namespace tidewire {

class api_key_ring;
class key_ring;

// What an acknowledgement survives: power loss, the death of the process, nothing.
enum class durability : std::uint8_t { fsync, wal, memory };

// What happens to a subscription of a client that does not take what it is sent.
enum class slow_consumer : std::uint8_t {
  conflate,   // it misses what comes meanwhile, and is then told the newest document of each key; a stream is resynchronised
  resync,     // it misses what comes meanwhile, and is then told to subscribe again and recover
  disconnect  // everything is queued, up to outbox_bytes_max
};

// What a stream's recovery gives: everything that was missed, or the newest publication.
enum class recovery_mode : std::uint8_t { stream, cache };

// What a map keeps for its subscribers, as in Centrifugo.
enum class map_mode : std::uint8_t {
  ephemeral,    // keys expire; who comes back starts from a snapshot
  recoverable,  // keys expire; who comes back is given what was missed
  persistent    // keys stay until they are removed, unless there is a key_ttl
};

// What the rooms of a namespace are for: anything, or presence, which only the server writes down (schemas/presence.hpp).
enum class room_use : std::uint8_t { any, clients, users };

struct namespace_options {
  std::string name;                      // rooms "name:…"; empty: the default namespace
  durability kept = durability::fsync;   // TOML key: durability
  std::uint64_t history_size = 10'000;   // publications kept per room; 0: only the position
  std::uint64_t history_ttl_s = 86'400;  // and for how long; 0: no limit by age
  map_mode map = map_mode::persistent;   // TOML key: map.mode
  std::uint32_t key_ttl_s = 0;           // TOML key: map.key_ttl; an entity goes so long after its last change; 0: never
  bool presence = true;
  std::string clients_presence_prefix{};  // TOML key: map_clients_presence_channel_prefix; empty: none
  std::string users_presence_prefix{};    // map_users_presence_channel_prefix
  room_use serves = room_use::any;        // subscription_type
  bool join_leave = false;                // who comes and goes is announced
  bool force_push_join_leave = false;     // to all subscribers, not only to those who ask
  bool force_recovery = true;             // streams are recoverable without being asked
  recovery_mode force_recovery_mode = recovery_mode::stream;
  bool auto_cache_recover = false;  // with cache: without being asked
  bool force_positioning = false;   // and have a position
  // What clients may do by themselves; with --dev everything.
  bool allow_publish_for_client = false;
  bool allow_publish_for_subscriber = false;   // those who are subscribed; without it they may if any client may
  bool allow_subscribe_for_client = false;     // without a subscription token
  bool allow_subscribe_for_anonymous = false;  // the same, who has no user
  bool allow_wildcards_for_client = false;     // "sensor:*": to all rooms of the namespace that begin so
  bool allow_user_limited_channels = false;    // "room#ann,bob" is for these users
  bool allow_history_for_client = false;
  bool allow_history_for_subscriber = false;
  bool allow_presence_for_client = false;
  bool allow_presence_for_subscriber = false;
  bool allow_channel_compaction = true;  // pushes with a number instead of the room's name
  bool allow_tags_filter = true;
  bool allow_fossil_delta = true;                // TOML key: allowed_delta_types
  slow_consumer slow = slow_consumer::conflate;  // TOML key: slow_consumer
  std::uint32_t publish_debounce_ms = 0;         // what clients are told to wait between two publications of a key
  std::uint32_t batch_delay_ms = 0;              // a window that lets runs grow; 0: runs grow by themselves under load
  std::uint32_t batch_max = 50;                  // publications that end the window early
  std::uint32_t idempotency_ttl_s = 86'400;
  std::uint64_t room_ttl_s = 0;  // a room without change and subscribers for so long is forgotten; 0: never
};

// [[permission]]: what those may do whose tokens have such claims.
struct permission_options {
  std::vector<room_glob> rooms;
  action_set allow;
  std::string scope;                   // a word that the token's scope must have; empty: any
  bool anonymous = false;              // also those without `sub`
  std::optional<field_mask> fields{};  // of documents only these; nothing: all of them
};

// [[api_key]]
struct api_key_options {
  std::string name;
  std::string hash;  // SHA-256 in hexadecimal
  action_set allow;  // TOML key: scopes
  std::vector<room_glob> rooms;
  std::optional<field_mask> fields{};  // of documents only these; nothing: all of them

  bool operator==(const api_key_options&) const = default;
};

struct compression_options {
  bool enabled = false;        // key: compression
  std::size_t min_size = 256;  // compression_min_size: what is shorter goes out as it is
  int level = 1;               // compression_level: 1 (fast) to 9 (small)

  bool operator==(const compression_options&) const = default;
};

struct server_options {
  std::string listen = "127.0.0.1:8000";
  std::string admin = "127.0.0.1:8001";
  std::string admin_socket;   // path of a Unix socket for operators; empty: none
  std::string data = "data";  // directory of the database
  bool dev = false;           // anonymous access, everything is allowed
  std::string log_level = "info";
  std::string admin_token_hash;                             // SHA-256 in hexadecimal of what operators show; empty: nothing is asked
  bool actor_times = true;                                  // [statistics] actor_times: clocks are read around every message
  std::uint32_t slow_handler_ms = 100;                      // [statistics] slow_handler: what takes longer is in the log
  std::string tls_certificate_file;                         // [tls] certificate_file: PEM; empty: no TLS
  std::string tls_private_key_file;                         // [tls] private_key_file: PEM
  std::uint32_t scheduler_threads = 0;                      // [scheduler] threads; 0: actors run on the I/O threads
  std::uint32_t io_threads = 0;                             // [io] threads; 0: one for each processor
  std::uint32_t readers = 2;                                // [storage] readers
  std::size_t memory_budget = 0;                            // [memory] budget; 0: half of what there is
  std::uint32_t warm_up_s = 10;                             // [memory] warm_up; 0: rooms come when they are asked for
  std::string token_hmac_secret;                            // [token] hmac_secret
  std::string token_audience;                               // [token] audience; empty: any
  std::string token_issuer;                                 // [token] issuer; empty: any
  std::uint32_t token_leeway_s = 0;                         // [token] leeway
  std::string token_rsa_public_key;                         // [token] rsa_public_key: in PEM; empty: none
  std::string token_ecdsa_public_key;                       // [token] ecdsa_public_key
  std::vector<std::string> token_public_key_files;          // [token] public_key_files: PEM
  std::string token_jwks_file;                              // [token] jwks_file
  std::string token_jwks_endpoint;                          // [token] jwks_public_endpoint
  std::uint32_t token_jwks_refresh_s = 600;                 // [token] jwks_refresh_interval
  std::uint32_t token_jwks_refresh_min_s = 10;              // [token] jwks_refresh_interval_min: when a token names an unknown key
  std::shared_ptr<key_ring> token_keys;                     // the public ones as they are now; null: none
  std::vector<permission_options> permissions;              // [[permission]]
  std::vector<api_key_options> api_keys;                    // [[api_key]], as they were read
  std::shared_ptr<api_key_ring> known_keys;                 // those that hold now; null: none
  rate client_rate{};                                       // [rate_limit.client]: commands of one connection
  rate caller_rate{};                                       // [rate_limit.caller]: HTTP requests of one user or API key
  rate address_rate{};                                      // [rate_limit.address]: HTTP requests and connections of one address
  bool personal_channel = false;                            // [client.subscribe_to_user_personal_channel] enabled
  std::string personal_channel_namespace;                   // and personal_channel_namespace
  std::vector<std::string> allowed_origins;                 // besides the same host; "*": any
  compression_options websocket_compression{true, 256, 1};  // [websocket]: permessage-deflate
  compression_options http_compression{true, 1'024, 1};     // [http]: responses in gzip
  std::array<std::uint8_t, 32> cursor_key{};                // seals cursors of listings (schemas/api/cursor.hpp); to be random
  std::vector<address_range> trusted_proxies;               // [http] trusted_proxies: believed in X-Forwarded-For
  limits limit;                                             // [limits]
  std::vector<namespace_options> namespaces{namespace_options{}};
  bool lifecycle = false;    // [sys] lifecycle: what happens to connections and rooms is published in the room "$sys"
  bool test_echo = false;    // [test] echo: WebSocket echo endpoint at /test/echo, for conformance suites
  bool test_faults = false;  // [test] faults: makes actors throw on request
};

// Whether there is anything by which a token could be trusted.
bool trusts_tokens(const server_options& options) noexcept;

// The options of a room: those of its namespace ("ns:rest"), else of the default namespace.
const namespace_options& options_of(const server_options& options, std::string_view room) noexcept;

}  // namespace tidewire
