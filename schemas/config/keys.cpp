#include "schemas/config/keys.hpp"

#include <algorithm>
#include <array>

#include "schemas/config/checks.hpp"
#include "schemas/config/setters.hpp"
#include "schemas/memory_budget.hpp"

namespace tidewire::config {

namespace {

using server = server_options;
using observation = observation_options;
using space = namespace_options;

constexpr std::uint64_t kib = 1'024;
constexpr std::uint64_t mib = 1'024 * kib;
constexpr std::uint64_t gib = 1'024 * mib;
constexpr std::uint64_t hour_s = 3'600;
constexpr std::uint64_t year_s = 365 * 24 * hour_s;
constexpr std::uint64_t million = 1'000'000;

using std::string_view_literals::operator""sv;
template <class Meaning>
using choices_row = std::pair<std::string_view, Meaning>;

constexpr std::array durabilities{choices_row<durability>{"fsync", durability::fsync}, choices_row<durability>{"wal", durability::wal},
                                  choices_row<durability>{"memory", durability::memory}};
constexpr std::array slow_policies{choices_row<slow_consumer>{"conflate", slow_consumer::conflate},
                                   choices_row<slow_consumer>{"resync", slow_consumer::resync},
                                   choices_row<slow_consumer>{"disconnect", slow_consumer::disconnect}};
constexpr std::array recovery_modes{choices_row<recovery_mode>{"stream", recovery_mode::stream},
                                    choices_row<recovery_mode>{"cache", recovery_mode::cache}};
constexpr std::array map_modes{choices_row<map_mode>{"ephemeral", map_mode::ephemeral},
                               choices_row<map_mode>{"recoverable", map_mode::recoverable},
                               choices_row<map_mode>{"persistent", map_mode::persistent}};
constexpr std::array room_uses{choices_row<room_use>{"any", room_use::any}, choices_row<room_use>{"map_clients", room_use::clients},
                               choices_row<room_use>{"map_users", room_use::users}};
constexpr std::array log_levels{choices_row<std::string_view>{"trace", "trace"sv}, choices_row<std::string_view>{"debug", "debug"sv},
                                choices_row<std::string_view>{"info", "info"sv},   choices_row<std::string_view>{"warn", "warn"sv},
                                choices_row<std::string_view>{"error", "error"sv}, choices_row<std::string_view>{"off", "off"sv}};

constexpr std::array log_formats{choices_row<bool>{"text", false}, choices_row<bool>{"json", true}};

std::string set_key_files(server& target, const value& given) {
  const auto* list = std::get_if<std::vector<std::string>>(&given);
  if (!list || !std::ranges::all_of(*list, [](const std::string& path) { return check_file(path).empty(); }))
    return "must be an array of paths of files";
  target.token_public_key_files = *list;
  return {};
}

template <class Target>
std::string set_fields(Target& target, const value& given) {
  const auto* list = std::get_if<std::vector<std::string>>(&given);
  if (!list || list->empty()) return R"(must be an array of paths like ["state", "attributes.level"])";
  auto read = field_mask::of(*list, {});
  if (!read) return read.error().detail;
  target.fields = std::move(*read);
  return {};
}

// `parse` makes a pattern of a text.
template <class Target, auto Rooms, class Parse>
std::string set_rooms(Target& target, const value& given, Parse parse) {
  const auto* list = std::get_if<std::vector<std::string>>(&given);
  if (!list || list->empty()) return R"(must be an array of patterns like ["sensor:*"])";
  std::vector<room_glob> read;
  for (const auto& text : *list) {
    auto rooms = parse(text);
    if (!rooms) return rooms.error().detail;
    read.push_back(std::move(*rooms));
  }
  target.*Rooms = std::move(read);
  return {};
}

std::string set_permission_rooms(permission_options& target, const value& given) {
  return set_rooms<permission_options, &permission_options::rooms>(target, given, room_glob::parse);
}

// A key has no claims.
std::string set_api_key_rooms(api_key_options& target, const value& given) {
  return set_rooms<api_key_options, &api_key_options::rooms>(target, given, [](const std::string& text) -> result<room_glob> {
    if (text.empty()) return fail(errc::bad_request, "a pattern of rooms is empty");
    return room_glob::of_stars(text);
  });
}

template <class Target, auto Allow>
std::string set_actions(Target& target, const value& given) {
  const auto* list = std::get_if<std::vector<std::string>>(&given);
  action_set read;
  bool known = list && !list->empty();
  for (std::size_t i = 0; known && i < list->size(); ++i) {
    const auto actions = actions_of((*list)[i]);
    known = actions.has_value();
    read |= actions.value_or(action_set{});
  }
  if (!known) return R"(must be an array of "subscribe", "publish", "presence", "history", "manage" and "read")";
  target.*Allow = read;
  return {};
}

std::string set_origins(server& target, const value& given) {
  const auto* list = std::get_if<std::vector<std::string>>(&given);
  const auto is_origin = [](std::string_view origin) {
    const auto scheme = origin.find("://");
    return origin == "*" || (scheme != std::string_view::npos && scheme > 0 && origin.find('/', scheme + 3) == std::string_view::npos);
  };
  if (!list || !std::all_of(list->begin(), list->end(), is_origin))
    return "must be an array of origins like [\"https://app.example\"], or [\"*\"]";
  target.allowed_origins = *list;
  return {};
}

std::string set_proxies(server& target, const value& given) {
  const auto* list = std::get_if<std::vector<std::string>>(&given);
  if (!list) return R"(must be an array of addresses and ranges like ["127.0.0.1", "10.0.0.0/8"])";
  std::vector<address_range> read;
  for (const auto& text : *list) {
    auto range = address_range::parse(text);
    if (!range) return range.error().detail;
    read.push_back(*range);
  }
  target.trusted_proxies = std::move(read);
  return {};
}

std::string set_delta_types(space& target, const value& given) {
  const auto* list = std::get_if<std::vector<std::string>>(&given);
  if (!list || !std::ranges::all_of(*list, [](const std::string& type) { return type == "fossil"; })) return R"(must be ["fossil"] or [])";
  target.allow_fossil_delta = !list->empty();
  return {};
}

std::string refuse_dev(server&, const value&) { return "is a flag of the command line only: --dev"; }

// A limit's key has the name of its member.
#define LIMIT(member, setter, min, max) \
  key<server> { "limits." #member, setter<min, max, &server::limit, &limits::member> }

constexpr std::array server_table{
    key<server>{"listen", text<check_address, &server::listen>},
    key<server>{"admin", text<check_address, &server::admin>},
    key<server>{"admin_socket", text<check_file, &server::admin_socket>},
    key<server>{"data", text<check_path, &server::data>},
    key<server>{"dev", refuse_dev},
    key<server>{"log_level", choice<log_levels, &server::log_level>},
    key<server>{"admin_token_hash", text<check_hash, &server::admin_token_hash>},
    key<server>{"statistics.actor_times", flag<&server::actor_times>},
    key<server>{"statistics.slow_handler", millis<1, hour_s * 1'000, &server::slow_handler_ms>},
    key<server>{"allowed_origins", set_origins},
    key<server>{"tls.certificate_file", text<check_file, &server::tls_certificate_file>},
    key<server>{"tls.private_key_file", text<check_file, &server::tls_private_key_file>},
    key<server>{"scheduler.threads", count<0, 256, &server::scheduler_threads>},
    key<server>{"io.threads", count<0, 256, &server::io_threads>},
    key<server>{"storage.readers", count<1, 64, &server::readers>},
    key<server>{"memory.budget", bytes<memory_budget_min, 64 * 1'024 * gib, &server::memory_budget>},
    key<server>{"memory.warm_up", seconds<0, hour_s, &server::warm_up_s>},
    key<server>{"token.hmac_secret", text<check_anything, &server::token_hmac_secret>},
    key<server>{"token.audience", text<check_anything, &server::token_audience>},
    key<server>{"token.issuer", text<check_anything, &server::token_issuer>},
    key<server>{"token.leeway", seconds<0, 60, &server::token_leeway_s>},
    key<server>{"token.rsa_public_key", text<check_public_key<token_algorithm::rs256>, &server::token_rsa_public_key>},
    key<server>{"token.ecdsa_public_key", text<check_elliptic_key, &server::token_ecdsa_public_key>},
    key<server>{"token.public_key_files", set_key_files},
    key<server>{"token.jwks_file", text<check_file, &server::token_jwks_file>},
    key<server>{"token.jwks_public_endpoint", text<check_url, &server::token_jwks_endpoint>},
    key<server>{"token.jwks_refresh_interval", seconds<10, 24 * hour_s, &server::token_jwks_refresh_s>},
    key<server>{"token.jwks_refresh_interval_min", seconds<1, hour_s, &server::token_jwks_refresh_min_s>},
    key<server>{"rate_limit.client.requests", count<0, million, &server::client_rate, &rate::requests>},
    key<server>{"rate_limit.client.window", millis<1, hour_s * 1'000, &server::client_rate, &rate::window_ms>},
    key<server>{"rate_limit.caller.requests", count<0, million, &server::caller_rate, &rate::requests>},
    key<server>{"rate_limit.caller.window", millis<1, hour_s * 1'000, &server::caller_rate, &rate::window_ms>},
    key<server>{"rate_limit.address.requests", count<0, million, &server::address_rate, &rate::requests>},
    key<server>{"rate_limit.address.window", millis<1, hour_s * 1'000, &server::address_rate, &rate::window_ms>},
    key<server>{"websocket.compression", flag<&server::websocket_compression, &compression_options::enabled>},
    key<server>{"websocket.compression_min_size", bytes<0, 1 * gib, &server::websocket_compression, &compression_options::min_size>},
    key<server>{"websocket.compression_level", count<1, 9, &server::websocket_compression, &compression_options::level>},
    key<server>{"http.trusted_proxies", set_proxies},
    key<server>{"http.compression", flag<&server::http_compression, &compression_options::enabled>},
    key<server>{"http.compression_min_size", bytes<0, 1 * gib, &server::http_compression, &compression_options::min_size>},
    key<server>{"http.compression_level", count<1, 9, &server::http_compression, &compression_options::level>},
    key<server>{"client.subscribe_to_user_personal_channel.enabled", flag<&server::personal_channel>},
    key<server>{"client.subscribe_to_user_personal_channel.personal_channel_namespace",
                text<check_namespace, &server::personal_channel_namespace>},
    key<server>{"sys.lifecycle", flag<&server::lifecycle>},
    key<server>{"test.echo", flag<&server::test_echo>},
    key<server>{"test.faults", flag<&server::test_faults>},

    LIMIT(room_name_bytes_max, bytes, 1, 255),
    LIMIT(key_bytes_max, bytes, 1, 64 * kib),
    LIMIT(message_bytes_max, bytes, 1 * kib, 1 * gib),
    LIMIT(http_body_bytes_max, bytes, 1 * kib, 1 * gib),
    LIMIT(http_header_bytes_max, bytes, 1 * kib, 1 * mib),
    LIMIT(document_bytes_max, bytes, 64, 1 * gib),
    LIMIT(tags_max, count, 0, 1'024),
    LIMIT(tag_bytes_max, bytes, 1, 64 * kib),
    LIMIT(json_depth_max, count, 1, 1'000),
    LIMIT(batch_items_max, count, 1, million),
    LIMIT(patch_work_bytes_max, bytes, 64 * kib, 16 * gib),
    LIMIT(key_ttl_s_max, seconds, 1, 100 * year_s),
    LIMIT(idempotency_id_bytes_max, bytes, 16, 64 * kib),
    LIMIT(ingests_max, count, 1, 10'000),
    LIMIT(ingest_line_bytes_max, bytes, 64, 1 * gib),
    LIMIT(ingest_lines_in_flight_max, count, 1, 100'000),
    LIMIT(ingest_bytes_in_flight_max, bytes, 4 * kib, 1 * gib),
    LIMIT(ingest_errors_max, count, 0, 10'000),
    LIMIT(connections_max, count, 1, 10 * million),
    LIMIT(connections_per_address_max, count, 0, 10 * million),
    LIMIT(connections_per_user_max, count, 0, 10 * million),
    LIMIT(subscriptions_max, count, 1, million),
    LIMIT(filter_depth_max, count, 1, 64),
    LIMIT(filter_nodes_max, count, 1, 100'000),
    LIMIT(audiences_max, count, 2, million),
    LIMIT(fields_max, count, 1, 10'000),
    LIMIT(commands_in_flight_max, count, 1, million),
    LIMIT(outbox_bytes_max, bytes, 4 * kib, 1 * gib),
    LIMIT(backlog_bytes_max, bytes, 4 * kib, 1 * gib),
    LIMIT(outboxes_bytes_max, bytes, 1 * mib, 1'024 * gib),
    LIMIT(requests_bytes_max, bytes, 1 * mib, 1'024 * gib),
    LIMIT(outbox_bytes_fair, bytes, 1 * kib, 1 * gib),
    LIMIT(unsent_bytes_max, bytes, 4 * kib, 1 * gib),
    LIMIT(ping_interval_s, seconds, 1, hour_s),
    LIMIT(pong_timeout_s, seconds, 1, hour_s),
    LIMIT(stale_timeout_s, seconds, 1, hour_s),
    LIMIT(close_timeout_s, seconds, 1, hour_s),
    LIMIT(drain_connections_per_s, count, 1, million),
    LIMIT(drain_s_max, seconds, 0, hour_s),
    LIMIT(http_idle_timeout_s, seconds, 1, 24 * hour_s),
    LIMIT(request_timeout_s, seconds, 1, hour_s),
    LIMIT(page_rows_default, count, 1, 100'000),
    LIMIT(page_rows_max, count, 1, 100'000),
    LIMIT(filtered_rows_max, count, 1, 10 * million),
    LIMIT(page_bytes_max, bytes, 1 * kib, 1 * gib),
    LIMIT(recovery_publications_max, count, 1, 10 * million),
    LIMIT(recovery_bytes_max, bytes, 1 * kib, 1 * gib),
    LIMIT(tail_publications_max, count, 1, million),
    LIMIT(tail_bytes_max, bytes, 1 * kib, 1 * gib),
    LIMIT(shared_pages_bytes_max, bytes, 0, 16 * gib),
    LIMIT(shared_page_ms, millis, 0, 60'000),
    LIMIT(slots_max, count, 1, 10 * million),
    LIMIT(in_flight_bytes_max, bytes, 64 * kib, 16 * gib),
    LIMIT(dedupe_in_flight_max, count, 1, 10 * million),
    LIMIT(load_ms, millis, 1, 600'000),
    LIMIT(catchup_bytes_max, bytes, 64 * kib, 16 * gib),
    LIMIT(catchup_s_max, seconds, 1, 24 * hour_s),
    LIMIT(entity_idle_s, seconds, 1, year_s),
    LIMIT(room_idle_s, seconds, 1, year_s),
    LIMIT(live_entities_max, count, 1, 100 * million),
    LIMIT(expiry_in_flight_max, count, 1, 100'000),
    LIMIT(past_publications_max, count, 1, 100 * million),
    LIMIT(exports_max, count, 1, 1'000),
    LIMIT(export_idle_s, seconds, 1, 24 * hour_s),
    LIMIT(export_copy_bytes_max, bytes, 1 * mib, 1'024 * gib),
    LIMIT(export_page_bytes_max, bytes, 1 * kib, 64 * mib),
    LIMIT(backup_bytes_per_s_default, bytes, 64 * kib, 1'024 * gib),
    LIMIT(quarantine_records_max, count, 0, 10 * million),
    LIMIT(quarantine_bytes_max, bytes, 0, 16 * gib),
    LIMIT(journal_batch_bytes_max, bytes, 4 * kib, 1 * gib),
    LIMIT(run_bytes_max, bytes, 4 * kib, 1 * gib),
    LIMIT(pending_run_bytes_max, bytes, 4 * kib, 1 * gib),
    LIMIT(fanout_in_flight_bytes_max, bytes, 64 * kib, 16 * gib),
};

#undef LIMIT

constexpr std::array namespace_table{
    key<space>{"name", text<check_namespace, &space::name>},
    key<space>{"durability", choice<durabilities, &space::kept>},
    key<space>{"history_size", count<0, 1'000 * million, &space::history_size>},
    key<space>{"history_ttl", seconds<0, 100 * year_s, &space::history_ttl_s>},
    key<space>{"map.mode", choice<map_modes, &space::map>},
    key<space>{"map.key_ttl", seconds<0, 100 * year_s, &space::key_ttl_s>},
    key<space>{"presence", flag<&space::presence>},
    key<space>{"map_clients_presence_channel_prefix", text<check_prefix, &space::clients_presence_prefix>},
    key<space>{"map_users_presence_channel_prefix", text<check_prefix, &space::users_presence_prefix>},
    key<space>{"subscription_type", choice<room_uses, &space::serves>},
    key<space>{"join_leave", flag<&space::join_leave>},
    key<space>{"force_push_join_leave", flag<&space::force_push_join_leave>},
    key<space>{"force_recovery", flag<&space::force_recovery>},
    key<space>{"force_recovery_mode", choice<recovery_modes, &space::force_recovery_mode>},
    key<space>{"auto_cache_recover", flag<&space::auto_cache_recover>},
    key<space>{"publish_debounce", millis<0, 600'000, &space::publish_debounce_ms>},
    key<space>{"force_positioning", flag<&space::force_positioning>},
    key<space>{"allow_publish_for_client", flag<&space::allow_publish_for_client>},
    key<space>{"allow_publish_for_subscriber", flag<&space::allow_publish_for_subscriber>},
    key<space>{"allow_subscribe_for_client", flag<&space::allow_subscribe_for_client>},
    key<space>{"allow_subscribe_for_anonymous", flag<&space::allow_subscribe_for_anonymous>},
    key<space>{"allow_user_limited_channels", flag<&space::allow_user_limited_channels>},
    key<space>{"allow_wildcards_for_client", flag<&space::allow_wildcards_for_client>},
    key<space>{"allow_history_for_client", flag<&space::allow_history_for_client>},
    key<space>{"allow_history_for_subscriber", flag<&space::allow_history_for_subscriber>},
    key<space>{"allow_presence_for_client", flag<&space::allow_presence_for_client>},
    key<space>{"allow_presence_for_subscriber", flag<&space::allow_presence_for_subscriber>},
    key<space>{"allow_channel_compaction", flag<&space::allow_channel_compaction>},
    key<space>{"allow_tags_filter", flag<&space::allow_tags_filter>},
    key<space>{"allowed_delta_types", set_delta_types},
    key<space>{"slow_consumer", choice<slow_policies, &space::slow>},
    key<space>{"batch_delay_ms", millis<0, 60'000, &space::batch_delay_ms>},
    key<space>{"batch_max", count<1, 100'000, &space::batch_max>},
    key<space>{"idempotency_ttl", seconds<1, 1 * year_s, &space::idempotency_ttl_s>},
    key<space>{"room_ttl", seconds<0, 100 * year_s, &space::room_ttl_s>},
};

constexpr std::array observation_table{
    key<observation>{"log.format", choice<log_formats, &observation::json_log>},
    key<observation>{"log.access", flag<&observation::access_log>},
    key<observation>{"statistics.slow_request", millis<1, hour_s * 1'000, &observation::slow_request_ms>},
    key<observation>{"statistics.slow_query", millis<1, hour_s * 1'000, &observation::slow_query_ms>},
    key<observation>{"leak_watch.window", seconds<0, 24 * hour_s, &observation::leaks, &leak_options::window_s>},
    key<observation>{"leak_watch.windows", count<2, 1'000, &observation::leaks, &leak_options::windows>},
    key<observation>{"leak_watch.growth", bytes<64 * kib, 1'024 * gib, &observation::leaks, &leak_options::growth_bytes>},
    key<observation>{"leak_watch.growth_percent", count<0, 10'000, &observation::leaks, &leak_options::growth_percent>},
};

constexpr std::array permission_table{
    key<permission_options>{"rooms", set_permission_rooms},
    key<permission_options>{"fields", set_fields<permission_options>},
    key<permission_options>{"allow", set_actions<permission_options, &permission_options::allow>},
    key<permission_options>{"scope", text<check_scope, &permission_options::scope>},
    key<permission_options>{"anonymous", flag<&permission_options::anonymous>},
};

constexpr std::array api_key_table{
    key<api_key_options>{"name", text<check_name, &api_key_options::name>},
    key<api_key_options>{"hash", text<check_hash, &api_key_options::hash>},
    key<api_key_options>{"fields", set_fields<api_key_options>},
    key<api_key_options>{"scopes", set_actions<api_key_options, &api_key_options::allow>},
    key<api_key_options>{"rooms", set_api_key_rooms},
};

}  // namespace

std::span<const key<server_options>> server_keys() noexcept { return server_table; }

std::span<const key<observation_options>> observation_keys() noexcept { return observation_table; }

std::span<const key<namespace_options>> namespace_keys() noexcept { return namespace_table; }

std::span<const key<permission_options>> permission_keys() noexcept { return permission_table; }

std::span<const key<api_key_options>> api_key_keys() noexcept { return api_key_table; }

}  // namespace tidewire::config
