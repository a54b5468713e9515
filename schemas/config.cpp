#include "schemas/config.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

#include "schemas/config/keys.hpp"
#include "schemas/config/nearest.hpp"

namespace tidewire {

namespace {

using config::find_key;
using config::key;
using config::value;

value to_value(const toml::node& node) {
  if (const auto* flag = node.as_boolean()) return flag->get();
  if (const auto* number = node.as_integer()) return number->get();
  if (const auto* text = node.as_string()) return text->get();
  const auto* array = node.as_array();
  if (!array || !(array->empty() || array->is_homogeneous<std::string>())) return std::monostate{};
  std::vector<std::string> list;
  for (const auto& element : *array) list.push_back(element.as_string()->get());
  return list;
}

std::string quoted(std::string_view text) { return '"' + std::string(text) + '"'; }

// One pass over a parsed document, gathering all faults.
class config_reader {
 public:
  config_reader(std::string_view source, server_options base) : source_(source), options_(std::move(base)) {}

  result<void> read(const toml::table& document) {
    read_section(document, "", options_, config::server_keys());
    require_order();
    require_presence();
    require_both(options_.tls_certificate_file, options_.tls_private_key_file);
    if (faults_.empty()) return {};
    std::string all;
    for (const auto& [line, fault] : faults_) all.append(all.empty() ? "" : "\n").append(fault);
    return fail(errc::bad_request, std::move(all));
  }

  server_options take_options() { return std::move(options_); }
  const observation_options& observed() const noexcept { return observed_; }

 private:
  void fault(const toml::node& node, const std::string& what) {
    const auto line = node.source().begin.line;
    faults_.emplace(line, source_ + ":" + std::to_string(line) + ": " + what);
  }

  // `prefix` is empty or the name of the section with its dot.
  template <class Target>
  void read_section(const toml::table& section, const std::string& prefix, Target& target, std::span<const key<Target>> keys) {
    for (const auto& [toml_key, node] : section) {
      const auto name = prefix + std::string(toml_key.str());
      const auto inner = name + ".";
      const auto is_inside = [&](const auto& known) { return known.name.starts_with(inner); };
      const bool is_section = std::ranges::any_of(keys, is_inside) || std::ranges::any_of(beside(keys), is_inside);
      if (const auto* known = find_key(keys, name)) {
        if (const auto objection = known->set(target, to_value(node)); !objection.empty()) fault(node, quoted(name) + " " + objection);
      } else if (const auto* observed = find_key(beside(keys), name)) {
        if (const auto objection = observed->set(observed_, to_value(node)); !objection.empty())
          fault(node, quoted(name) + " " + objection);
      } else if (is_section && node.is_table()) {
        read_section(*node.as_table(), inner, target, keys);
      } else if (is_section) {
        fault(node, quoted(name) + " must be a section: [" + name + "]");
      } else if (const auto read_tables = tables_named(name); std::is_same_v<Target, server_options> && read_tables != nullptr) {
        (this->*read_tables)(node);
      } else {
        unknown(node, name, keys);
      }
    }
  }

  // What stands in the same sections as the server's own keys.
  template <class Target>
  static std::span<const key<observation_options>> beside(std::span<const key<Target>>) noexcept {
    return std::is_same_v<Target, server_options> ? config::observation_keys() : std::span<const key<observation_options>>();
  }

  template <class Target>
  void unknown(const toml::node& node, const std::string& name, std::span<const key<Target>> keys) {
    std::vector<std::string_view> names;
    const auto add = [&](const auto& table) {
      for (const auto& known : table) {
        names.push_back(known.name);
        if (const auto dot = known.name.find('.'); dot != std::string_view::npos) names.push_back(known.name.substr(0, dot));
      }
    };
    add(keys);
    add(beside(keys));
    if (std::is_same_v<Target, server_options>) names.insert(names.end(), {"namespace", "permission", "api_key"});
    fault(node, "unknown key " + quoted(name) + ", the nearest known one is " + quoted(config::nearest(name, names)));
  }

  using reader_of_tables = void (config_reader::*)(const toml::node&);
  static reader_of_tables tables_named(std::string_view name) {
    if (name == "namespace") return &config_reader::read_namespaces;
    if (name == "permission") return &config_reader::read_permissions;
    if (name == "api_key") return &config_reader::read_api_keys;
    return nullptr;
  }

  // The tables of that array; none and a fault, if it is something else.
  std::vector<const toml::table*> tables_of(const toml::node& node, const std::string& name) {
    const auto* array = node.as_array();
    std::vector<const toml::table*> tables;
    if (!array || !(array->empty() || array->is_homogeneous<toml::table>())) {
      fault(node, quoted(name) + " must be an array of tables: [[" + name + "]]");
      return tables;
    }
    for (const auto& element : *array) tables.push_back(element.as_table());
    return tables;
  }

  // `wanted` are the keys that must be there.
  void require_keys(const toml::table& table, const std::string& name, std::initializer_list<std::string_view> wanted) {
    for (const auto each : wanted)
      if (!table.contains(each)) fault(table, "a [[" + name + "]] needs " + quoted(each));
  }

  void read_permissions(const toml::node& node) {
    for (const auto* table : tables_of(node, "permission")) {
      require_keys(*table, "permission", {"rooms", "allow"});
      read_section(*table, "", options_.permissions.emplace_back(), config::permission_keys());
    }
  }

  void read_api_keys(const toml::node& node) {
    for (const auto* table : tables_of(node, "api_key")) {
      require_keys(*table, "api_key", {"name", "hash", "scopes", "rooms"});
      api_key_options read;
      read_section(*table, "", read, config::api_key_keys());
      const auto& all = options_.api_keys;
      if (std::ranges::any_of(all, [&](const auto& each) { return each.name == read.name || each.hash == read.hash; }))
        fault(*table, "another [[api_key]] has the name or the hash of " + quoted(read.name));
      options_.api_keys.push_back(std::move(read));
    }
  }

  void read_namespaces(const toml::node& node) {
    for (const auto* table : tables_of(node, "namespace")) {
      const auto& element = *table;
      namespace_options read;
      read_section(element, "", read, config::namespace_keys());
      settle_map(element, read);
      require_history(element, read);
      const auto [earlier, first] = namespace_lines_.emplace(read.name, element.source().begin.line);
      if (first)
        put_namespace(std::move(read));
      else
        fault(element, (read.name.empty() ? "the default namespace" : "namespace " + quoted(read.name)) + " is already on line " +
                           std::to_string(earlier->second));
    }
  }

  // Keys of ephemeral and recoverable maps expire. An ephemeral one needs no history: it has one only if the namespace asks for it.
  void settle_map(const toml::table& element, namespace_options& read) {
    if (read.map != map_mode::persistent && read.key_ttl_s == 0)
      fault(element, R"("map.mode" is "ephemeral" or "recoverable": "map.key_ttl" must say after how long a key expires, like "60s")");
    if (read.map == map_mode::ephemeral && !element.contains("history_size")) read.history_size = 0;
  }

  void require_history(const toml::node& element, const namespace_options& read) {
    if (read.history_size > 0) return;
    if (read.force_recovery_mode == recovery_mode::cache)
      fault(element, "\"force_recovery_mode\" is \"cache\": \"history_size\" must be at least 1");
  }

  // The default namespace stays first.
  void put_namespace(namespace_options read) {
    auto& all = options_.namespaces;
    const auto known = std::find_if(all.begin(), all.end(), [&](const auto& candidate) { return candidate.name == read.name; });
    if (known == all.end())
      all.push_back(std::move(read));
    else
      *known = std::move(read);
  }

  // What each key alone cannot tell.
  void require_order() {
    const auto& limit = options_.limit;
    const auto at_most = [this](std::string_view small, std::size_t less, std::string_view large, std::size_t more) {
      if (less > more) faults_.emplace(0, source_ + ": " + quoted(small) + " is greater than " + quoted(large));
    };
    at_most("limits.page_rows_default", limit.page_rows_default, "limits.page_rows_max", limit.page_rows_max);
    at_most("limits.document_bytes_max", limit.document_bytes_max, "limits.http_body_bytes_max", limit.http_body_bytes_max);
    at_most("limits.document_bytes_max", limit.document_bytes_max, "limits.in_flight_bytes_max", limit.in_flight_bytes_max);
    at_most("limits.run_bytes_max", limit.run_bytes_max, "limits.outbox_bytes_max", limit.outbox_bytes_max);
  }

  void require_both(const std::string& certificate, const std::string& key) {
    if (certificate.empty() != key.empty()) faults_.emplace(0, source_ + R"(: [tls] needs both "certificate_file" and "private_key_file")");
  }

  // Presence is written down in rooms of a namespace that is for that.
  void require_presence() {
    for (const auto& each : options_.namespaces) {
      require_presence(each, "map_clients_presence_channel_prefix", each.clients_presence_prefix, room_use::clients, "map_clients");
      require_presence(each, "map_users_presence_channel_prefix", each.users_presence_prefix, room_use::users, "map_users");
    }
  }
  void require_presence(const namespace_options& of, std::string_view key, const std::string& prefix, room_use use, std::string_view type) {
    if (prefix.empty()) return;
    const auto wrong = [&](const std::string& what) {
      faults_.emplace(0, source_ + ": " + quoted(key) + " of the namespace " + quoted(of.name) + " is " + quoted(prefix) + ": " + what);
    };
    const auto name = prefix.substr(0, prefix.find(':'));
    const auto& all = options_.namespaces;
    const auto target = std::find_if(all.begin(), all.end(), [&](const auto& candidate) { return candidate.name == name; });
    if (of.serves != room_use::any) wrong("presence of presence is not kept");
    if (target == all.end() || target->serves != use)
      wrong("there must be a namespace " + quoted(name) + " with subscription_type = " + quoted(type));
  }

  std::string source_;
  server_options options_;
  observation_options observed_;
  std::map<std::string, std::uint32_t> namespace_lines_;
  std::multimap<std::uint32_t, std::string> faults_;  // by line
};

void require_default_namespace(server_options& options) {
  auto& all = options.namespaces;
  if (std::none_of(all.begin(), all.end(), [](const auto& candidate) { return candidate.name.empty(); }))
    all.insert(all.begin(), namespace_options{});
}

// What all of it is, or all that is wrong with it.
result<config_reader> read_config(std::string_view toml, std::string_view source_name, server_options base) {
  require_default_namespace(base);
  try {
    const toml::table document = toml::parse(toml, source_name);
    config_reader reader(source_name, std::move(base));
    if (auto read = reader.read(document); !read) return tl::unexpected(std::move(read.error()));
    return reader;
  } catch (const toml::parse_error& error) {
    return fail(errc::bad_request,
                std::string(source_name) + ":" + std::to_string(error.source().begin.line) + ": " + std::string(error.description()));
  }
}

}  // namespace

result<server_options> parse_config(std::string_view toml, std::string_view source_name, server_options base) {
  auto read = read_config(toml, source_name, std::move(base));
  if (!read) return tl::unexpected(std::move(read.error()));
  return read->take_options();
}

result<observation_options> parse_observation(std::string_view toml, std::string_view source_name) {
  const auto read = read_config(toml, source_name, {});
  if (!read) return tl::unexpected(read.error());
  return read->observed();
}

result<observation_options> apply_log_environment(observation_options base, const environment_lookup& lookup) {
  constexpr std::string_view variable = "TIDEWIRE_LOG_FORMAT";
  auto given = lookup(variable);
  if (!given) return base;
  const auto objection = find_key(config::observation_keys(), "log.format")->set(base, std::move(*given));
  if (!objection.empty()) return fail(errc::bad_request, std::string(variable) + " " + objection);
  return base;
}

result<server_options> apply_environment(server_options base, const environment_lookup& lookup) {
  static constexpr std::pair<std::string_view, std::string_view> variables[] = {
      {"TIDEWIRE_LISTEN", "listen"}, {"TIDEWIRE_ADMIN", "admin"},         {"TIDEWIRE_ADMIN_SOCKET", "admin_socket"},
      {"TIDEWIRE_DATA", "data"},     {"TIDEWIRE_LOG_LEVEL", "log_level"}, {"TIDEWIRE_TOKEN_HMAC_SECRET", "token.hmac_secret"},
  };
  std::string faults;
  for (const auto& [variable, name] : variables) {
    auto given = lookup(variable);
    if (!given) continue;
    const auto objection = find_key(config::server_keys(), name)->set(base, std::move(*given));
    if (!objection.empty()) faults.append(faults.empty() ? "" : "\n").append(variable).append(" ").append(objection);
  }
  if (!faults.empty()) return fail(errc::bad_request, std::move(faults));
  return base;
}

}  // namespace tidewire
